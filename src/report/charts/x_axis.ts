/** The x axis of a line chart: a swept number, a metric, or names. */
import { extent } from "../../statistics/median.js";
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { paramText, paramUnit } from "../params.js";
import { axisUnit, tickExpression, withUnit } from "../scale.js";
import { MULTILINE_LABELS, type DrawRequest } from "./chart.js";

export function xTitle({ input, layout }: DrawRequest, xName: string): string {
  return layout.x?.title ?? metricDefinition(input, xName).title;
}

/**
 * Ticks at the values themselves where they are few, or at those that were measured; logarithmic where they grow by
 * factors.
 *
 * @param measured in base units
 * @param published drawn beside them
 */
export function numericX(
  request: DrawRequest,
  xName: string,
  measured: readonly number[],
  published: readonly number[],
) {
  const isParam = request.points.some(({ params }) => xName in params);
  const [all, own] = [[...measured, ...published], measured].map(ascendingOf);
  if (!isParam) return metricX(request, xName, measured);
  const log = isGeometric(all ?? []);
  const few = [all, own].find((values) => values !== undefined && values.length <= MOST_TICKS);
  const ticks = few ?? (log ? powers(all ?? []) : undefined);
  return {
    field: "x",
    type: "quantitative" as const,
    title: xTitle(request, xName),
    scale: { ...(log ? { type: "log" as const, base: 2 } : { zero: false }), nice: false, padding: EDGE },
    axis: {
      ...(ticks ? { values: [...ticks], labelExpr: tickTexts(xName, ticks) } : defaultFormat(xName, all ?? [])),
      labelOverlap: "greedy" as const,
      labelSeparation: 8,
      labelFlush: false,
    },
  };
}

export function categoricalX(request: DrawRequest, xName: string) {
  return {
    field: "x",
    type: "ordinal" as const,
    sort: [...labelsInOrder(request.layout.x, request.points)],
    title: xTitle(request, xName),
    axis: { labelExpr: MULTILINE_LABELS },
  };
}

/**
 * Three or more positive values, the largest at least 16 times the smallest, that lie more evenly on a logarithmic
 * scale than on a linear one: 64Ki to 4Mi by doubling, but not 1 to 16 cores one by one.
 */
export function isGeometric(ascending: readonly number[]): boolean {
  const [first = 0] = ascending;
  const spansFactors = ascending.length >= 3 && first > 0 && (ascending.at(-1) ?? 0) / first >= 16;
  return spansFactors && unevenness(ascending.map(Math.log)) < unevenness(ascending);
}

const MOST_TICKS = 10;

/** Room for the markers at both ends, in pixels, so that none lies on the axis's labels. */
const EDGE = 12;

function ascendingOf(values: readonly number[]): readonly number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

/** Greatest gap over the least. */
function unevenness(ascending: readonly number[]): number {
  const [least, most] = extent(ascending.slice(1).map((value, index) => value - (ascending[index] ?? value)));
  return most / least;
}

/** So many powers of two, or of ten where the values are decimal, as ticks have room. */
function powers(ascending: readonly number[]): readonly number[] {
  const base = ascending.filter((value) => Number.isInteger(Math.log2(value))).length > 1 ? 2 : 10;
  const [least, most] = extent(ascending.map((value) => Math.log(value) / Math.log(base)));
  const first = Math.ceil(least - 1e-9);
  const count = Math.floor(most + 1e-9) - first + 1;
  const step = Math.max(1, Math.ceil(count / MOST_TICKS));
  return Array.from({ length: Math.max(0, Math.ceil(count / step)) }, (_, index) => base ** (first + index * step));
}

function tickTexts(xName: string, ticks: readonly number[]): string {
  const labels = Object.fromEntries(ticks.map((value) => [String(value), paramText(xName, value)]));
  return `(${JSON.stringify(labels)})[datum.value]`;
}

/** For ticks that Vega chooses. */
function defaultFormat(xName: string, values: readonly number[]): { readonly format?: string } {
  const unit = paramUnit(xName);
  if (unit === "ratio") return { format: "~%" };
  return unit === "count" && extent(values)[1] < 1e4 ? {} : { format: "~s" };
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
