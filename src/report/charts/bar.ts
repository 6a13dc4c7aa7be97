/** Bars with confidence intervals, grouped by colour within each x. */
import { extent } from "../../statistics/median.js";
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { LABEL_SEPARATOR } from "../params.js";
import { axisUnit, tickExpression, withUnit } from "../scale.js";
import { COLORS } from "../theme.js";
import { intervalNote, MULTILINE_LABELS, SUSPECT_NOTE, type Drawing, type DrawRequest, type Layer } from "./chart.js";
import { textWidth } from "./measure.js";
import { errorBars } from "./error_bars.js";
import { seriesColors } from "./series.js";
import { hasLinkRate, metricRow, metricsOf, tooltip } from "./metric_rows.js";

export function drawBars(request: DrawRequest, metric: string): Drawing {
  const { input, layout, points } = request;
  const { title, unit } = metricDefinition(input, metric);
  const summaries = metricsOf(points, metric);
  const [, most] = extent(summaries.map(({ ci95: [, high] }) => high));
  const axis = axisUnit(unit, most);
  const labels = labelsInOrder(layout.x, points);
  const series = labelsInOrder(layout.color, points);
  const labelWidth = textWidth(labels.flatMap((label) => label.split(LABEL_SEPARATOR)));
  const barWidth = Math.max(MIN_BAR_WIDTH, labelWidth / Math.max(1, series.length));
  const bars = Math.max(1, labels.length) * Math.max(1, series.length);
  const linkLabels = hasLinkRate(points, metric) && bars <= MAX_LABELLED_BARS;
  return {
    rows: points.map((point) => ({ x: layout.x?.label(point) ?? "", ...metricRow(request, point, metric) })),
    panelWidth: Math.ceil(bars * barWidth * 1.25),
    mostWidth: Math.max(480, 120 + bars * MAX_BAR_WIDTH),
    omitted: [],
    alt: `Bar chart of ${title.toLowerCase()} by ${(layout.x?.title ?? "point").toLowerCase()}, ${points.length} bars.`,
    notes: [
      intervalNote(summaries),
      ...(linkLabels ? ["Figures above the bars: link rate at the median in Gbps."] : []),
      ...(points.some(({ status }) => status === "suspect") ? [SUSPECT_NOTE] : []),
    ],
    view: {
      encoding: {
        x: {
          field: "x",
          type: "nominal",
          sort: [...labels],
          title: layout.x?.title ?? null,
          axis: { labelExpr: MULTILINE_LABELS, labelAngle: 0 },
          scale: { paddingInner: 0.3, paddingOuter: 0.15 },
        },
        ...(series.length > 1 && {
          xOffset: { field: "series", type: "nominal", sort: [...series], scale: { paddingInner: 0.12 } },
        }),
        y: {
          field: "value",
          type: "quantitative",
          title: withUnit(title, axis),
          scale: { zero: true, ...(linkLabels && { domainMax: most * ROOM_FOR_LABELS }) },
          axis: { labelExpr: tickExpression(axis) },
        },
        tooltip: tooltip(request, metric),
      },
      layer: [barMarks(request), ...errorBars(COLORS.ink), ...(linkLabels ? [linkRates()] : [])],
    },
  };
}

/** With the gaps beside them, in pixels. */
const MIN_BAR_WIDTH = 34;
const MAX_BAR_WIDTH = 130;
/** More than these a panel, and the figures above the bars run into each other. */
const MAX_LABELLED_BARS = 12;
const ROOM_FOR_LABELS = 1.1;

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

function linkRates(): Layer {
  return {
    mark: { type: "text", dy: -8, baseline: "bottom", fontSize: 11, color: COLORS.muted },
    encoding: { y: { field: "high", type: "quantitative" }, text: { field: "linkGbps" } },
  };
}
