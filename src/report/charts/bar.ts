/** Bars with confidence intervals, grouped by colour within each x. */
import { extent } from "../../statistics/median.js";
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { LABEL_SEPARATOR } from "../params.js";
import { axisUnit, tickExpression, withUnit } from "../scale.js";
import { COLORS } from "../theme.js";
import { andPublished, besideOf, type Beside } from "./beside.js";
import { intervalNote, MULTILINE_LABELS, SUSPECT_NOTE, type Drawing, type DrawRequest, type Layer } from "./chart.js";
import { errorBars } from "./error_bars.js";
import { labelsWidth, textWidth } from "./measure.js";
import { hasLinkRate, metricRow, metricsOf, tooltip } from "./metric_rows.js";
import { MEASURED, publishedBars, publishedRow } from "./published.js";
import { barRoofs } from "./roof.js";
import { seriesColors } from "./series.js";
import { slotsOf, type Slots } from "./slots.js";

export function drawBars(request: DrawRequest, metric: string): Drawing {
  const { layout, points } = request;
  const beside = besideOf(request, metric, undefined, "dashed outlines");
  const labels = labelsInOrder(layout.x, points);
  const slots = slotsOf(request, beside.published);
  const bars = Math.max(1, labels.length) * Math.max(1, slots.order.length);
  const figures = bars <= MAX_LABELLED_BARS ? figuresAbove(request, metric, beside) : undefined;
  const parts: BarParts = { metric, beside, labels, slots, figures };
  return {
    rows: rowsOf(request, parts),
    panelWidth: Math.ceil(bars * barWidth(labels, slots.order.length) * 1.25),
    mostWidth: Math.max(480, 120 + bars * MAX_BAR_WIDTH),
    xLabelsWidth: labelsWidth(labels),
    omitted: [],
    alt: altText(request, parts),
    notes: notesOf(request, parts),
    view: {
      encoding: encodingOf(request, parts),
      layer: [
        ...measuredLayers(request, parts),
        ...(beside.published ? publishedBars(request, metric, beside.published) : []),
        ...(beside.roof ? [barRoofs()] : []),
        ...beside.key,
      ],
    },
  };
}

interface BarParts {
  readonly metric: string;
  readonly beside: Beside;
  /** Of the x axis. */
  readonly labels: readonly string[];
  readonly slots: Slots;
  readonly figures: Figures | undefined;
}

/** With the gaps beside them, in pixels. */
const MIN_BAR_WIDTH = 34;
const MAX_BAR_WIDTH = 130;
/** More than these a panel, and the figures above the bars run into each other. */
const MAX_LABELLED_BARS = 12;
const ROOM_FOR_FIGURES = 1.1;

function barWidth(labels: readonly string[], slots: number): number {
  const labelWidth = textWidth(labels.flatMap((label) => label.split(LABEL_SEPARATOR)));
  return Math.max(MIN_BAR_WIDTH, labelWidth / Math.max(1, slots));
}

function rowsOf(request: DrawRequest, { metric, beside, slots }: BarParts): Drawing["rows"] {
  const { input, layout, points } = request;
  const { unit } = metricDefinition(input, metric);
  return [
    ...points.map((point) => ({
      x: layout.x?.label(point) ?? "",
      ...metricRow(request, point, metric),
      ...beside.roof?.row(point),
      ...slots.ofPoint(point),
    })),
    ...beside.values.map((value) => ({ ...publishedRow(value, unit), ...slots.ofValue(value) })),
  ];
}

function altText({ input, layout, points }: DrawRequest, { metric, beside }: BarParts): string {
  const title = metricDefinition(input, metric).title.toLowerCase();
  const by = (layout.x?.title ?? "point").toLowerCase();
  return `Bar chart of ${title} by ${by}, ${points.length} bars${andPublished(beside)}.`;
}

function notesOf({ points }: DrawRequest, { metric, beside, figures }: BarParts): readonly string[] {
  return [
    intervalNote(metricsOf(points, metric)),
    ...(figures ? [`Figures above the bars: ${figures.what}.`] : []),
    ...(points.some(({ status }) => status === "suspect") ? [SUSPECT_NOTE] : []),
    ...beside.notes,
  ];
}

function encodingOf({ input, layout, points }: DrawRequest, { metric, beside, labels, slots, figures }: BarParts) {
  const { title, unit } = metricDefinition(input, metric);
  const [, most] = extent(metricsOf(points, metric).map(({ ci95: [, high] }) => high));
  const axis = axisUnit(unit, most);
  const slot = { field: slots.field, type: "nominal" as const, sort: [...slots.order] };
  return {
    x: {
      field: "x",
      type: "nominal" as const,
      sort: [...labels],
      title: layout.x?.title ?? null,
      axis: { labelExpr: MULTILINE_LABELS },
      scale: { paddingInner: 0.3, paddingOuter: 0.15 },
    },
    ...(slots.order.length > 1 && { xOffset: { ...slot, scale: { paddingInner: 0.12 } } }),
    y: {
      field: "value",
      type: "quantitative" as const,
      title: withUnit(title, axis),
      scale: { zero: true, ...(figures && { domainMax: Math.max(most, beside.most) * ROOM_FOR_FIGURES }) },
      axis: { labelExpr: tickExpression(axis) },
    },
  };
}

function measuredLayers(request: DrawRequest, { metric, beside, figures }: BarParts): readonly Layer[] {
  const layers = [barMarks(request), ...errorBars(COLORS.ink), ...(figures ? [figureTexts(figures)] : [])];
  const fields = tooltip(request, metric, beside);
  return layers.map((layer) => ({
    ...(beside.published && { transform: [{ filter: MEASURED }] }),
    ...layer,
    encoding: { ...layer.encoding, tooltip: fields },
  }));
}

function barMarks(request: DrawRequest): Layer {
  return {
    mark: { type: "bar", strokeWidth: 1.5 },
    encoding: {
      color: seriesColors(request),
      stroke: seriesColors(request),
      fillOpacity: { condition: { test: "datum.suspect", value: 0.08 }, value: 1 },
    },
  };
}

/** A text above each bar. */
interface Figures {
  readonly field: "share" | "linkGbps";
  readonly what: string;
}

function figuresAbove({ points }: DrawRequest, metric: string, { roof }: Beside): Figures | undefined {
  if (roof) return { field: "share", what: "share of the limit" };
  return hasLinkRate(points, metric) ? { field: "linkGbps", what: "link rate at the median in Gbps" } : undefined;
}

function figureTexts({ field }: Figures): Layer {
  return {
    mark: { type: "text", dy: -8, baseline: "bottom", fontSize: 11, color: COLORS.muted },
    encoding: { y: { field: "high", type: "quantitative" }, text: { field } },
  };
}
