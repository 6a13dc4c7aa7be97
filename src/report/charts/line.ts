/** Lines over a swept number (or over categories, where the suite asks for it) with confidence intervals. */
import { extent } from "../../statistics/median.js";
import { labelsInOrder, numberAt } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { paramText, paramTitle, paramUnit } from "../params.js";
import { axisUnit, tickExpression, withUnit } from "../scale.js";
import {
  intervalNote,
  MULTILINE_LABELS,
  SUSPECT_NOTE,
  type ChartSpec,
  type Drawing,
  type DrawRequest,
  type Layer,
} from "./chart.js";
import { errorBars } from "./error_bars.js";
import { seriesColors, seriesDashes, seriesShapes } from "./series.js";
import { metricRow, metricsOf, tooltip } from "./metric_rows.js";
import type { PointSummary } from "../../results/model.js";

/** @param xName the parameter or metric on x */
export function drawLines(request: DrawRequest, metric: string, xName: string): Drawing {
  const { input, points } = request;
  const numbers = points.filter((point) => numberAt(point, xName) !== undefined);
  const numeric = numbers.length > 0;
  const drawn = numeric ? numbers : points;
  const narrowed: DrawRequest = { ...request, points: drawn };
  const { title, unit } = metricDefinition(input, metric);
  const summaries = metricsOf(drawn, metric);
  const axis = axisUnit(unit, extent(summaries.map(({ ci95: [, high] }) => high))[1]);
  const positions = new Set(drawn.map((point) => numberAt(point, xName) ?? request.layout.x?.label(point)));
  return {
    rows: drawn.map((point) => ({ ...xOf(request, point, xName, numeric), ...metricRow(narrowed, point, metric) })),
    panelWidth: 260,
    omitted: withoutX(request, xName, numeric),
    alt: `Line chart of ${title.toLowerCase()} over ${xTitle(request, xName).toLowerCase()}, ${drawn.length} values.`,
    notes: [intervalNote(summaries), ...(drawn.some(({ status }) => status === "suspect") ? [SUSPECT_NOTE] : [])],
    view: {
      encoding: {
        x: numeric ? numericX(request, xName, drawn) : categoricalX(request, xName),
        y: {
          field: "value",
          type: "quantitative",
          scale: { zero: true },
          title: withUnit(title, axis),
          axis: { labelExpr: tickExpression(axis) },
        },
        color: seriesColors(narrowed),
      },
      layer: [
        ...(positions.size > MAX_ERROR_BARS ? [band()] : errorBars()),
        lines(narrowed),
        markers(narrowed, metric),
      ],
    },
  };
}

/** Beyond so many x positions error bars become a hedge, and a band reads better. */
const MAX_ERROR_BARS = 16;

function xOf({ layout }: DrawRequest, point: PointSummary, xName: string, numeric: boolean): { x: number | string } {
  return { x: numeric ? (numberAt(point, xName) ?? Number.NaN) : (layout.x?.label(point) ?? "") };
}

function xTitle({ input, layout }: DrawRequest, xName: string): string {
  return layout.x?.title ?? metricDefinition(input, xName).title;
}

/** Ticks at the swept values themselves; logarithmic where they grow by factors. */
function numericX(request: DrawRequest, xName: string, points: readonly PointSummary[]) {
  const isParam = points.some(({ params }) => xName in params);
  const values = [...new Set(points.flatMap((point) => numberAt(point, xName) ?? []))].toSorted((a, b) => a - b);
  if (!isParam) return metricX(request, xName, values);
  const labels = Object.fromEntries(values.map((value) => [String(value), paramText(xName, value)]));
  const ticks = values.length <= MAX_TICKS ? { values, labelExpr: `(${JSON.stringify(labels)})[datum.value]` } : {};
  return {
    field: "x",
    type: "quantitative" as const,
    title: xTitle(request, xName),
    scale: isGeometric(values) ? { type: "log" as const, base: 2, nice: false } : { zero: false, nice: false },
    axis: {
      ...ticks,
      ...(paramUnit(xName) === "count" ? {} : { format: "~s" }),
      labelOverlap: "greedy" as const,
      labelFlush: false,
    },
  };
}

function metricX(request: DrawRequest, xName: string, values: readonly number[]) {
  const { title, unit } = metricDefinition(request.input, xName);
  const axis = axisUnit(unit, extent(values)[1]);
  return {
    field: "x",
    type: "quantitative" as const,
    title: withUnit(title, axis),
    scale: { zero: true },
    axis: { labelExpr: tickExpression(axis) },
  };
}

const MAX_TICKS = 10;

/** Three or more positive values whose ratio of largest to smallest is at least 16. */
function isGeometric(values: readonly number[]): boolean {
  const [first = 0] = values;
  return values.length >= 3 && first > 0 && (values.at(-1) ?? 0) / first >= 16;
}

function categoricalX(request: DrawRequest, xName: string) {
  return {
    field: "x",
    type: "ordinal" as const,
    sort: [...labelsInOrder(request.layout.x, request.points)],
    title: xTitle(request, xName),
    axis: { labelExpr: MULTILINE_LABELS, labelAngle: 0 },
  };
}

function band(): Layer {
  return {
    mark: { type: "area", opacity: 0.16 },
    encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
  };
}

function lines(request: DrawRequest): Layer {
  return {
    mark: { type: "line", strokeWidth: 2 },
    encoding: {
      strokeDash: seriesDashes(request),
    },
  };
}

function markers(request: DrawRequest, metric: string): Layer {
  return {
    mark: { type: "point", filled: true, size: 70, strokeWidth: 1.8, opacity: 1 },
    encoding: {
      stroke: seriesColors(request),
      shape: seriesShapes(request),
      fillOpacity: { condition: { test: "datum.suspect", value: 0 }, value: 1 },
      tooltip: tooltip(request, metric),
    },
  };
}

function withoutX({ label, points }: DrawRequest, xName: string, numeric: boolean): ChartSpec["omitted"] {
  if (!numeric) return [];
  return points
    .filter((point) => numberAt(point, xName) === undefined)
    .map((point) => ({ label: label(point), reason: `no ${paramTitle(xName).toLowerCase()}` }));
}
