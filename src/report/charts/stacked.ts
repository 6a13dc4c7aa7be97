/** Bars of metrics that add up, such as cycles by stage; what the whole has beyond its parts is grey. */
import { tooltipFields } from "./metric_rows.js";
import { extent } from "../../statistics/median.js";
import { labelsInOrder, type Dimension, type Layout } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { LABEL_SEPARATOR } from "../params.js";
import { axisUnit, quantityText, scaledText, tickExpression, withUnit, type AxisUnit } from "../scale.js";
import { COLORS, seriesColor } from "../theme.js";
import { MULTILINE_LABELS, SUSPECT_NOTE, type Drawing, type DrawRequest, type Layer, type Row } from "./chart.js";
import { labelsWidth } from "./measure.js";
import type { PointSummary } from "../../results/model.js";

/** @param whole the metric that the parts are of, if the plot names one */
export function drawStacked(asked: DrawRequest, whole: string | undefined): Drawing {
  const request = { ...asked, layout: besideEachOther(asked.layout) };
  const { input, layout, points, plot } = request;
  const parts = plot.parts ?? [];
  const stacks = points.map((point) => ({ point, slices: slicesOf(request, point, parts, whole) }));
  const totals = stacks.map(({ slices }) => sumOf(slices));
  const { unit, title } = metricDefinition(input, whole ?? parts[0] ?? "");
  const axis = axisUnit(unit, extent(totals)[1]);
  const labels = labelsInOrder(layout.x, points);
  const names = [...new Set(stacks.flatMap(({ slices }) => slices.map(({ name }) => name)))];
  return {
    rows: stacks.flatMap(({ point, slices }) => stackRows(request, point, slices, axis)),
    panelWidth: Math.ceil(Math.max(1, labels.length) * BAR_WIDTH),
    mostWidth: Math.max(480, 120 + labels.length * MOST_BAR_WIDTH),
    xLabelsWidth: labelsWidth(labels),
    legendLabels: names,
    omitted: [],
    alt: `Stacked bars of ${parts.length} parts, ${points.length} bars.`,
    notes: [
      "Medians of each part, stacked; the figure above a bar is its height.",
      ...(names.includes(REST) ? ["Grey: what the median of the whole has beyond them."] : []),
      ...(points.some(({ status }) => status === "suspect") ? [SUSPECT_NOTE.replace("Hollow", "Pale")] : []),
    ],
    view: {
      encoding: {
        x: {
          field: "x",
          type: "nominal",
          sort: [...labels],
          title: layout.x?.title ?? null,
          axis: { labelExpr: MULTILINE_LABELS },
          scale: { paddingInner: 0.3, paddingOuter: 0.15 },
        },
        y: {
          field: "from",
          type: "quantitative",
          title: withUnit(whole === undefined ? sharedTitle(title) : title, axis),
          axis: { labelExpr: tickExpression(axis) },
          scale: { zero: true },
        },
      },
      layer: [slices(names), totalsAbove()],
    },
  };
}

const BAR_WIDTH = 44;
const MOST_BAR_WIDTH = 130;
const REST = "not in a part";

interface Slice {
  readonly name: string;
  readonly from: number;
  readonly to: number;
}

/** What would be colour stands side by side, as colours are parts here. */
function besideEachOther({ color, x, ...rest }: Layout): Layout {
  const both: Dimension | undefined =
    color && x
      ? {
          title: `${x.title}, ${color.title.toLowerCase()}`,
          label: (point) => `${x.label(point)}${LABEL_SEPARATOR}${color.label(point)}`,
        }
      : (x ?? color);
  return { ...rest, ...(both && { x: both }) };
}

function slicesOf(
  { input }: DrawRequest,
  { metrics }: PointSummary,
  parts: readonly string[],
  whole: string | undefined,
): readonly Slice[] {
  const slices: Slice[] = [];
  const push = (name: string, size: number): void => {
    const from = slices.at(-1)?.to ?? 0;
    slices.push({ name, from, to: from + size });
  };
  for (const part of parts) {
    const median = metrics[part]?.median;
    if (median !== undefined) push(partTitle(metricDefinition(input, part).title), median);
  }
  const rest = (metrics[whole ?? ""]?.median ?? 0) - sumOf(slices);
  if (rest > 0) push(REST, rest);
  return slices;
}

function sumOf(slices: readonly Slice[]): number {
  return slices.at(-1)?.to ?? 0;
}

/** `parse` of `Cycles: parse`. */
function partTitle(title: string): string {
  return title.slice(title.indexOf(":") + 1).trim();
}

/** `Cycles` of `Cycles: parse`. */
function sharedTitle(title: string): string {
  const colon = title.indexOf(":");
  return colon < 0 ? "Sum of the parts" : title.slice(0, colon);
}

function stackRows(
  request: DrawRequest,
  point: PointSummary,
  slices: readonly Slice[],
  axis: AxisUnit,
): readonly Row[] {
  const { input, layout, label, plot } = request;
  const { unit } = metricDefinition(input, plot.parts?.[0] ?? "");
  const total = sumOf(slices);
  return slices.map(({ name, from, to }, i) => ({
    x: layout.x?.label(point) ?? "",
    panel: layout.facet?.label(point) ?? "",
    point: label(point),
    part: name,
    suspect: point.status === "suspect",
    from,
    to,
    value: to - from,
    valueText: quantityText(to - from, unit),
    share: quantityText(total === 0 ? 0 : (to - from) / total, "ratio"),
    total: i === slices.length - 1 ? scaledText(total, axis) : "",
  }));
}

function slices(names: readonly string[]): Layer {
  return {
    mark: { type: "bar", stroke: COLORS.surface, strokeWidth: 1 },
    encoding: {
      y2: { field: "to" },
      fillOpacity: { condition: { test: "datum.suspect", value: 0.35 }, value: 1 },
      color: {
        field: "part",
        type: "nominal",
        title: "Part",
        scale: {
          domain: [...names],
          range: names.map((name, i) => (name === REST ? COLORS.muted : seriesColor(i))),
        },
      },
      tooltip: tooltipFields([
        ["point", "Point"],
        ["part", "Part"],
        ["valueText", "Median"],
        ["share", "Share of the sum"],
      ]),
    },
  };
}

function totalsAbove(): Layer {
  return {
    transform: [{ filter: "datum.total != ''" }],
    mark: { type: "text", dy: -6, baseline: "bottom", fontSize: 11, color: COLORS.muted },
    encoding: { y: { field: "to", type: "quantitative" }, text: { field: "total" } },
  };
}
