/** Rows, tooltips and axes of charts whose y is a metric of the summary. */
import { metricDefinition } from "../input.js";
import { quantityText, scaledText } from "../scale.js";
import { intervalText, places, type DrawRequest, type Row } from "./chart.js";
import type { MetricSummary, PointSummary } from "../../results/model.js";

/** The metric's summaries of those points that have it. */
export function metricsOf(points: readonly PointSummary[], metric: string): readonly MetricSummary[] {
  return points.flatMap(({ metrics }) => metrics[metric] ?? []);
}

/** Value, interval and texts of a point. Points without the metric are the caller's mistake. */
export function metricRow({ label, layout }: DrawRequest, point: PointSummary, metric: string): Row {
  const summary = point.metrics[metric];
  if (!summary) throw new TypeError(`point ${point.id} has no ${metric}`);
  const {
    median,
    ci95: [low, high],
    n,
    unit,
  } = summary;
  return {
    point: label(point),
    ...places(layout, point),
    value: median,
    low,
    high,
    n,
    suspect: point.status === "suspect",
    status: point.status,
    valueText: quantityText(median, unit),
    interval: intervalText(summary),
    ...linkRate(point, metric),
  };
}

/** Whether the link rate can be told beside this metric: for a forwarding rate that was measured with it. */
export function hasLinkRate(points: readonly PointSummary[], metric: string): boolean {
  return metric === "forwarding_rate" && points.some(({ metrics }) => "link_rate" in metrics);
}

export interface TooltipField {
  readonly field: string;
  readonly type: "nominal";
  readonly title: string;
}

/** @param fields of the rows, with what the tooltip calls them */
export function tooltipFields(fields: readonly (readonly [field: string, title: string])[]): TooltipField[] {
  return fields.map(([field, title]) => ({ field, type: "nominal", title }));
}

/** @param beside whether rows have a limit, and what linear scaling would give */
export function tooltip(
  { input, points }: DrawRequest,
  metric: string,
  { roof, ideal }: { readonly roof?: unknown; readonly ideal?: unknown } = {},
): TooltipField[] {
  return tooltipFields([
    ["point", "Point"],
    ["valueText", metricDefinition(input, metric).title],
    ["interval", "95 % interval"],
    ...(hasLinkRate(points, metric) ? [["link", "Link rate"] as const] : []),
    ...(roof === undefined
      ? []
      : ([
          ["limit", "Limit"],
          ["share", "Share of the limit"],
        ] as const)),
    ...(ideal === undefined ? [] : [["idealShare", "Share of linear scaling"] as const]),
    ["n", "Trials"],
    ["status", "Status"],
  ]);
}

function linkRate({ metrics }: PointSummary, metric: string): Row {
  const link = metrics["link_rate"];
  if (!link || metric !== "forwarding_rate") return {};
  return {
    link: quantityText(link.median, link.unit),
    linkGbps: scaledText(link.median, { factor: 1e9, symbol: "Gbps" }),
  };
}
