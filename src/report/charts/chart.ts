/** What all chart kinds share: the finished chart, its series, its panels and its frame. */
import { extent } from "../../statistics/median.js";
import type { TopLevelSpec } from "vega-lite";
import type { LayerSpec, UnitSpec } from "vega-lite/types_unstable/spec/index.js";
import { achievedConfidence } from "../../statistics/interval.js";
import { labelsInOrder, type Layout } from "../dimensions.js";
import type { ReportInput } from "../input.js";
import { LABEL_SEPARATOR, type Labeller } from "../params.js";
import { rangeText } from "../scale.js";
import { CHART_CONFIG, STACKED_LEGENDS } from "../theme.js";
import { measure, STANDALONE_WIDTH, textWidth, wrapped, type ChartShape } from "./measure.js";
import type { MetricSummary, PlotRequest, PointSummary } from "../../results/model.js";

/** A chart, ready to be drawn by Vega-Lite 6; `spec` carries its data, its title and the light colours. */
export interface ChartSpec {
  /** Name of its file, such as `chart-1-forwarding-rate`; letters, digits and hyphens only. */
  readonly id: string;
  readonly title: string;
  readonly mark: PlotRequest["mark"];
  /** What the suite says about the chart; may be empty. */
  readonly description: string;
  /** One sentence for those who do not see the chart. */
  readonly alt: string;
  /** What the reader must know to read it: one sentence each. */
  readonly notes: readonly string[];
  readonly spec: TopLevelSpec;
  /** Values drawn; 0 if there was nothing to draw. */
  readonly drawn: number;
  /** Points that the plot asks for and that it does not draw, with the reason in a word or two. */
  readonly omitted: readonly { readonly label: string; readonly reason: string }[];
  readonly shape: ChartShape;
}

export type Row = Readonly<Record<string, string | number | boolean>>;

/** What a chart kind makes of a request; the rest is the same for all. */
export interface Drawing {
  readonly rows: readonly Row[];
  readonly view: LayerSpec<string>;
  readonly alt: string;
  readonly notes: readonly string[];
  readonly omitted: ChartSpec["omitted"];
  /** Whether what is drawn needs more height than usual, as a limit far above it takes most. */
  readonly tall?: boolean;
  /** See {@link ChartShape}. */
  readonly panelWidth: number;
  readonly mostWidth?: number;
  readonly xLabelsWidth?: number;
  /** Where they are not the series. */
  readonly legendLabels?: readonly string[];
}

export interface DrawRequest {
  readonly input: ReportInput;
  readonly plot: PlotRequest;
  /** Points that the plot asks for and that have the value to draw. */
  readonly points: readonly PointSummary[];
  readonly layout: Layout;
  /** The point's name among all points of the run. */
  readonly label: Labeller;
}

export type Layer = UnitSpec<string>;

/** Adds title, panels, data and frame to a drawing. */
export function finishChart(
  id: string,
  { plot, layout, points }: DrawRequest,
  drawing: Drawing,
  missing: ChartSpec["omitted"],
): ChartSpec {
  const omitted = [...missing, ...drawing.omitted];
  const panels = labelsInOrder(layout.facet, points);
  const legend = drawing.legendLabels ?? labelsInOrder(layout.color, points);
  const shape: ChartShape = {
    panels: Math.max(1, panels.length),
    panelGroup: layout.panelGroup,
    legendWidth: legend.length > 1 ? textWidth(legend) + LEGEND_SYMBOL_WIDTH : 0,
    panelWidth: drawing.panelWidth,
    mostWidth: drawing.mostWidth ?? MOST_WIDTH,
    xLabelsWidth: drawing.xLabelsWidth ?? 0,
  };
  const notes = [...(layout.common === "" ? [] : [`For ${layout.common}.`]), ...drawing.notes];
  return {
    id,
    title: plot.title,
    mark: plot.mark,
    description: plot.description ?? "",
    alt: drawing.alt,
    notes,
    spec: frame(plot.title, [...notes, ...omittedNote(omitted)], shape, panels, drawing),
    drawn: drawing.rows.length,
    omitted,
    shape,
  };
}

/** `series` and `panel` of a row. */
export function places({ color, facet }: Layout, point: PointSummary): Row {
  return { series: color?.label(point) ?? "", panel: facet?.label(point) ?? "" };
}

/** `12.1–12.6 Mpps`, or that it is a mere range of trials. */
export function intervalText({ ci95, unit, n }: MetricSummary): string {
  if (n < 2) return "none: one trial";
  const bounds = rangeText(ci95, unit);
  const confidence = achievedConfidence(n);
  return confidence < 0.95 ? `${bounds} (range of ${n} trials)` : bounds;
}

/** What the error bars of these points are. */
export function intervalNote(metrics: readonly MetricSummary[]): string {
  const counts = metrics.map(({ n }) => n);
  const [least, most] = extent(counts);
  const trials = least === most ? `${most} ${most === 1 ? "trial" : "trials"}` : `${least} to ${most} trials`;
  if (most < 2) return "Single trials: no interval can be given.";
  const few = achievedConfidence(least) < 0.95 ? " (below 6 trials: their range)" : "";
  return `Medians of ${trials} with 95 % confidence intervals${few}.`;
}

export const SUSPECT_NOTE = "Hollow: suspect trials, see the flags.";

/** Splits a label at its separators, one part a line. */
export const MULTILINE_LABELS = `split(datum.label, '${LABEL_SEPARATOR}')`;

/** `Not drawn: cuckoo · 4Mi flows (failed), …`, or nothing. */
export function omittedNote(omitted: ChartSpec["omitted"]): readonly string[] {
  if (omitted.length === 0) return [];
  const named = omitted.slice(0, MOST_NAMED).map(({ label, reason }) => `${label} (${reason})`);
  const more = omitted.length > MOST_NAMED ? ` and ${omitted.length - MOST_NAMED} more` : "";
  return [`Not drawn: ${named.join(", ")}${more}.`];
}

const MOST_NAMED = 4;
const MOST_WIDTH = 1200;
const LEGEND_SYMBOL_WIDTH = 34;
const PANEL_HEIGHT = { single: 300, several: 210 } as const;
const TALLER = 1.35;
/** Widths at 15 px and at 12 px, in pixels. */
const TITLE_LETTER = 9;
const NOTE_LETTER = 7.3;

function frame(
  title: string,
  notes: readonly string[],
  shape: ChartShape,
  panels: readonly string[],
  { rows, view, tall = false }: Drawing,
): TopLevelSpec {
  const { width, columns, legendColumns, labelAngle } = measure(shape, STANDALONE_WIDTH);
  const height = (usual: number): number => Math.round(tall ? usual * TALLER : usual);
  const total = panels.length < 2 ? width : STANDALONE_WIDTH;
  const shared = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    title: {
      text: wrapped(title, total / TITLE_LETTER),
      subtitle: notes.flatMap((note) => wrapped(note, total / NOTE_LETTER)),
    },
    data: { values: rows.map((row) => ({ ...row })) },
    config: {
      ...CHART_CONFIG,
      axisX: { ...CHART_CONFIG.axisX, labelAngle },
      legend: { ...CHART_CONFIG.legend, ...STACKED_LEGENDS, columns: legendColumns },
    },
  };
  if (panels.length < 2) {
    return {
      ...shared,
      width,
      height: height(PANEL_HEIGHT.single),
      autosize: { type: "fit-x", contains: "padding" },
      ...view,
    };
  }
  return {
    ...shared,
    facet: { field: "panel", type: "nominal", sort: [...panels], title: null },
    columns,
    spacing: { row: 24, column: 24 },
    spec: { ...view, width, height: height(PANEL_HEIGHT.several) },
  };
}
