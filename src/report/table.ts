/** The table of results, as data: what HTML, Markdown and the terminal print in their own way. */
import { measuredMetrics, type ReportInput } from "./input.js";
import { familyPaths, labelOf, paramText, paramTitle, sweptNames } from "./params.js";
import { axisUnit, scaledText, type AxisUnit } from "./scale.js";
import { halfWidthShare } from "../statistics/interval.js";
import { median } from "../statistics/median.js";
import type { MetricDefinition, MetricSummary, PointStatus, PointSummary } from "../results/model.js";

export interface ResultTable {
  /** Titles of what is swept (one for a family such as `traffic`), and the metrics with one unit each. */
  readonly params: readonly string[];
  readonly metrics: readonly (MetricDefinition & { readonly axis: AxisUnit })[];
  readonly rows: readonly ResultRow[];
}

export interface ResultRow {
  readonly point: PointSummary;
  /** One text a title; empty where the point does not have it. */
  readonly params: readonly string[];
  readonly status: PointStatus;
  /** Flags of a point that is ok all the same, such as `near-generator-ceiling`. */
  readonly marks: readonly string[];
  /** Trials behind the numbers; the least, if metrics differ. */
  readonly n: number;
  /** One cell a metric; undefined where the point has no value. */
  readonly cells: readonly (ResultCell | undefined)[];
}

export interface ResultCell {
  readonly median: string;
  /** `12.1–12.6`; undefined for a single trial, and where it is narrower than the digits shown. */
  readonly interval: string | undefined;
  /** `±1.2%`: the larger distance to a bound. */
  readonly spread: string;
}

/** The experiment's first metrics; more would not fit a terminal. The rest is in the CSV. */
const MAIN_METRICS = 5;

export function resultTable(input: ReportInput): ResultTable {
  const { points } = input.summary;
  const names = sweptNames(points);
  const cells = names.map((name) => paramCell(name, points));
  const metrics = measuredMetrics(input)
    .slice(0, MAIN_METRICS)
    .map((metric) => ({ ...metric, axis: columnUnit(metric, points) }));
  return {
    params: names.map(paramTitle),
    metrics,
    rows: points.map((point) => ({
      point,
      params: cells.map((cell) => cell(point)),
      status: point.status,
      marks: marksOf(point),
      n: trialsBehind(point),
      cells: metrics.map(({ name, axis }) => resultCell(point.metrics[name], axis)),
    })),
  };
}

function marksOf({ status, flags }: PointSummary): readonly string[] {
  return status === "ok" ? flags : [];
}

export function resultCell(summary: MetricSummary | undefined, axis: AxisUnit): ResultCell | undefined {
  if (!summary) return undefined;
  const { median: middle, ci95, n } = summary;
  const [low, high] = ci95;
  return {
    median: scaledText(middle, axis),
    interval: n < 2 ? undefined : intervalCell(scaledText(low, axis), scaledText(high, axis)),
    spread: spreadText(middle, ci95, n, axis),
  };
}

export function trialsBehind({ metrics }: PointSummary): number {
  const counts = Object.values(metrics).map(({ n }) => n);
  return counts.length === 0 ? 0 : Math.min(...counts);
}

/** The unit in which the middle value of a column reads best. */
function columnUnit({ name, unit }: MetricDefinition, points: readonly PointSummary[]): AxisUnit {
  const values = points.flatMap(({ metrics }) => metrics[name]?.median ?? []).map(Math.abs);
  return axisUnit(unit, values.length === 0 ? 0 : median(values));
}

/** The parameter's value, or what the point has of its family. */
function paramCell(name: string, points: readonly PointSummary[]): (point: PointSummary) => string {
  const family = familyPaths(name, points);
  return ({ params }) => {
    const value = params[name];
    return value === undefined ? labelOf(params, family) : paramText(name, value);
  };
}

function intervalCell(low: string, high: string): string | undefined {
  return low === high ? undefined : `${low}–${high}`;
}

/** Relative, but absolute around zero. */
function spreadText(middle: number, ci95: readonly [number, number], n: number, axis: AxisUnit): string {
  if (n < 2) return "";
  const share = halfWidthShare(middle, ci95);
  if (!Number.isFinite(share)) return `±${scaledText(Math.max(ci95[1] - middle, middle - ci95[0]), axis)}`;
  if (share === 0) return "±0%";
  return `±${(share * 100).toFixed(share < 0.0995 ? 1 : 0)}%`;
}
