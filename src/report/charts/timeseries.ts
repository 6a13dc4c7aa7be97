/** Counters over the time of a trial: one line a repetition, so that what happened once is not averaged away. */
import { extent } from "../../statistics/median.js";
import { countedTrials, type ReportInput } from "../input.js";
import { axisUnit, quantityText, tickExpression, withUnit } from "../scale.js";
import { places, type Drawing, type DrawRequest, type Layer, type Row } from "./chart.js";
import { eventMarks, eventNotes, eventRows } from "./events.js";
import { seriesStrokes } from "./series.js";
import { tooltipMarks } from "./tooltip_marks.js";
import { metricDefinition } from "../input.js";
import type { PointSummary, TimeSeries, Unit } from "../../results/model.js";

type Column = TimeSeries["columns"][string];

/** Names of the counters that some trial recorded, in their order. */
export function seriesColumns({ trials }: ReportInput): readonly string[] {
  return [...new Set(trials.flatMap(({ series }) => Object.keys(series?.columns ?? {})))];
}

export function drawTimeSeries(request: DrawRequest, column: string): Drawing {
  const { input, points } = request;
  const counts = points.map(({ id }) => withColumn(input, id, column).length);
  const budget = budgetFor(counts);
  const rows = points.flatMap((point) => pointRows(request, point, column, budget));
  const events = eventRows(request);
  const measured = events.length > 0 && { transform: [{ filter: "!datum.event" }] };
  const unit = unitOf(input, column);
  const axis = axisUnit(unit, extent(rows.flatMap(({ value }) => (typeof value === "number" ? value : [])))[1]);
  const title = metricDefinition(input, column).title;
  const [, most] = extent(counts);
  return {
    rows: [...rows, ...events],
    panelWidth: 270,
    omitted: [],
    alt: `${title} over the time of the trial, ${points.length} points.`,
    notes: [...(most > 1 ? [linesNote(most, budget)] : []), ...eventNotes(events)],
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
        color: seriesStrokes(request),
        detail: [
          { field: "point", type: "nominal" },
          { field: "repetition", type: "nominal" },
        ],
      },
      layer: [
        {
          ...measured,
          mark: { type: "line", strokeWidth: most > 1 ? 1.2 : 2, opacity: most > 1 ? 0.7 : 1 },
          encoding: { strokeDash: { condition: { test: "datum.suspect", value: [5, 4] }, value: [1, 0] } },
        },
        ...(rows.length <= MOST_TOOLTIPS ? [{ ...measured, ...tooltips(title) }] : []),
        ...(events.length > 0 ? eventMarks() : []),
      ],
    },
  };
}

/** Beyond so many values the page would carry more tooltips than lines. */
const MOST_TOOLTIPS = 800;

function tooltips(title: string): Layer {
  return tooltipMarks([
    { field: "point", type: "nominal", title: "Point" },
    { field: "repetition", type: "nominal", title: "Repetition" },
    { field: "t", type: "quantitative", title: "Time (s)", format: ".2f" },
    { field: "valueText", type: "nominal", title },
  ]);
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

function pointRows(
  { input, label, layout }: DrawRequest,
  point: PointSummary,
  column: string,
  { linesPerPoint, valuesPerLine }: Budget,
): readonly Row[] {
  return spread(withColumn(input, point.id, column), linesPerPoint).flatMap(({ series, repetition, status }) => {
    const counter = series?.columns[column];
    if (!series || !counter) return [];
    return thinned(series.t, counter, valuesPerLine).map(([t, value]) => ({
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

/** What a chart has room for: beyond these nobody tells lines apart, and no browser draws them in good time. */
const MOST_LINES = 300;
const MOST_VALUES = 18_000;
const MOST_VALUES_PER_LINE = 400;
const LEAST_VALUES_PER_LINE = 20;

interface Budget {
  readonly linesPerPoint: number;
  readonly valuesPerLine: number;
}

/** @param counts lines of each point */
function budgetFor(counts: readonly number[]): Budget {
  const linesPerPoint = Math.max(1, Math.floor(MOST_LINES / Math.max(1, counts.length)));
  const lines = counts.reduce((sum, count) => sum + Math.min(count, linesPerPoint), 0);
  const each = Math.floor(MOST_VALUES / Math.max(1, lines));
  return {
    linesPerPoint,
    valuesPerLine: Math.min(MOST_VALUES_PER_LINE, Math.max(LEAST_VALUES_PER_LINE, each)),
  };
}

function linesNote(most: number, { linesPerPoint }: Budget): string {
  if (most <= linesPerPoint) return "One line a repetition.";
  return `One line a repetition, of ${most} a point at most ${linesPerPoint}, evenly spread.`;
}

/** At most so many, evenly spread over the run. */
function spread<T>(items: readonly T[], most: number): readonly T[] {
  const every = items.length / Math.min(most, items.length);
  return items.filter((_, i) => Math.floor(i / every) !== Math.floor((i - 1) / every));
}

/** Of longer lines only the extremes of each stretch, so that no dip is lost. */
function thinned(t: readonly number[], { values }: Column, most: number): readonly (readonly [number, number])[] {
  const all = t
    .map((time, i) => [time, values[i] ?? Number.NaN] as const)
    .filter(([, value]) => Number.isFinite(value));
  if (all.length <= most) return all;
  const stretch = Math.ceil((2 * all.length) / most);
  return Array.from({ length: Math.ceil(all.length / stretch) }, (_, i) =>
    all.slice(i * stretch, (i + 1) * stretch),
  ).flatMap(extremes);
}

function extremes(stretch: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const byValue = stretch.toSorted(([, a], [, b]) => a - b);
  const ends = [byValue[0], byValue.at(-1)].flatMap((end) => (end ? [end] : []));
  return ends.toSorted(([a], [b]) => a - b);
}
