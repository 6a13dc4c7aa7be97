/** Counters over the time of a trial: one line a repetition, so that what happened once is not averaged away. */
import { extent } from "../../statistics/median.js";
import { countedTrials, type ReportInput } from "../input.js";
import { axisUnit, quantityText, tickExpression, withUnit } from "../scale.js";
import { places, type Drawing, type DrawRequest, type Layer, type Row } from "./chart.js";
import { seriesColors } from "./series.js";
import { metricDefinition } from "../input.js";
import type { PointSummary, TimeSeries, Unit } from "../../results/model.js";

type Column = TimeSeries["columns"][string];

/** Names of the counters that some trial recorded, in their order. */
export function seriesColumns({ trials }: ReportInput): readonly string[] {
  return [...new Set(trials.flatMap(({ series }) => Object.keys(series?.columns ?? {})))];
}

export function drawTimeSeries(request: DrawRequest, column: string): Drawing {
  const { input, points } = request;
  const rows = points.flatMap((point) => pointRows(request, point, column));
  const unit = unitOf(input, column);
  const axis = axisUnit(unit, extent(rows.flatMap(({ value }) => (typeof value === "number" ? value : [])))[1]);
  const title = metricDefinition(input, column).title;
  const [, most] = extent(points.map(({ id }) => withColumn(input, id, column).length));
  return {
    rows,
    panelWidth: 270,
    omitted: [],
    alt: `${title} over the time of the trial, ${points.length} points.`,
    notes: most > 1 ? ["One line a repetition."] : [],
    view: {
      encoding: {
        x: {
          field: "t",
          type: "quantitative",
          title: "Time (s)",
          scale: { domainMin: 0, nice: false },
          axis: { tickCount: 6 },
        },
        y: {
          field: "value",
          type: "quantitative",
          title: withUnit(title, axis),
          scale: { zero: true },
          axis: { labelExpr: tickExpression(axis) },
        },
        color: { ...seriesColors(request), legend: strokes(request) },
        detail: [
          { field: "point", type: "nominal" },
          { field: "repetition", type: "nominal" },
        ],
      },
      layer: [
        {
          mark: { type: "line", strokeWidth: most > 1 ? 1.2 : 2, opacity: most > 1 ? 0.7 : 1 },
          encoding: { strokeDash: { condition: { test: "datum.suspect", value: [5, 4] }, value: [1, 0] } },
        },
        ...(rows.length <= MOST_TOOLTIPS ? [tooltips(title)] : []),
      ],
    },
  };
}

/** Beyond so many values the page would carry more tooltips than lines. */
const MOST_TOOLTIPS = 800;

/** Invisible points, as a line has one tooltip only. */
function tooltips(title: string): Layer {
  return {
    mark: { type: "point", size: 60, opacity: 0 },
    encoding: {
      tooltip: [
        { field: "point", type: "nominal", title: "Point" },
        { field: "repetition", type: "nominal", title: "Repetition" },
        { field: "t", type: "quantitative", title: "Time (s)", format: ".2f" },
        { field: "valueText", type: "nominal", title },
      ],
    },
  };
}

/** The legend shows the lines, not the invisible points that carry the tooltips. */
function strokes(request: DrawRequest) {
  const { legend } = seriesColors(request);
  return legend && { ...legend, symbolType: "stroke", symbolStrokeWidth: 2.5 };
}

/** Whether a point has this counter. */
export function hasSeries(input: ReportInput, point: string, column: string): boolean {
  return withColumn(input, point, column).length > 0;
}

function withColumn(input: ReportInput, point: string, column: string) {
  return countedTrials(input, point).filter(({ series }) => series?.columns[column] !== undefined);
}

function unitOf({ trials }: ReportInput, column: string): Unit {
  return trials.map(({ series }) => series?.columns[column]?.unit).find((unit) => unit !== undefined) ?? "count";
}

function pointRows({ input, label, layout }: DrawRequest, point: PointSummary, column: string): readonly Row[] {
  return withColumn(input, point.id, column).flatMap(({ series, repetition, status }) => {
    const counter = series?.columns[column];
    if (!series || !counter) return [];
    return thinned(series.t, counter).map(([t, value]) => ({
      point: label(point),
      ...places(layout, point),
      repetition,
      t,
      value,
      suspect: status === "suspect",
      valueText: quantityText(value, counter.unit),
    }));
  });
}

/** Most values that a line keeps; beyond it only the extremes of each stretch, so that no dip is lost. */
const MOST_VALUES = 400;

function thinned(t: readonly number[], { values }: Column): readonly (readonly [number, number])[] {
  const all = t
    .map((time, i) => [time, values[i] ?? Number.NaN] as const)
    .filter(([, value]) => Number.isFinite(value));
  if (all.length <= MOST_VALUES) return all;
  const stretch = Math.ceil((2 * all.length) / MOST_VALUES);
  return Array.from({ length: Math.ceil(all.length / stretch) }, (_, i) =>
    all.slice(i * stretch, (i + 1) * stretch),
  ).flatMap(extremes);
}

function extremes(stretch: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const byValue = stretch.toSorted(([, a], [, b]) => a - b);
  const ends = [byValue[0], byValue.at(-1)].flatMap((end) => (end ? [end] : []));
  return ends.toSorted(([a], [b]) => a - b);
}
