/**
 * Values with intervals, and what can be said about them.
 *
 * An interval is the `ci95` of a median. A ratio's interval goes from the least numerator over the greatest
 * denominator to the reverse, which holds the true ratio with at least 90 % confidence whatever the distributions
 * (Bonferroni) and with about 95 % or more where the two are independent: wider than a bootstrap's, never narrower.
 * Below 6 trials a `ci95` is the range of the trials and promises less (statistics/interval.ts); the evidence says so.
 */
import type { MetricSummary } from "../../results/model.js";
import { extent } from "../../statistics/median.js";
import { allOf, type Verdict } from "./verdict.js";

export interface Estimate {
  readonly median: number;
  /** -Infinity and Infinity where nothing is known about the spread: a single trial. */
  readonly low: number;
  readonly high: number;
  /** Trials behind it; of a ratio, the fewer of both sides. */
  readonly n: number;
}

/** Undefined for a summary without a number in it. */
export function estimateOf({ median, ci95, n }: Pick<MetricSummary, "median" | "ci95" | "n">): Estimate | undefined {
  if (!Number.isFinite(median)) return undefined;
  const [low, high] = ci95;
  const known = n >= 2 && Number.isFinite(low) && Number.isFinite(high);
  if (!known) return { median, low: -Infinity, high: Infinity, n };
  return { median, low: Math.min(low, median), high: Math.max(high, median), n };
}

/** A value that is known, such as a limit. */
export function exactly(value: number): Estimate {
  return { median: value, low: value, high: value, n: Infinity };
}

/** a / b for values that are never negative. Two values that are exactly zero are equal: 1. */
export function ratioOf(a: Estimate, b: Estimate): Estimate {
  const n = Math.min(a.n, b.n);
  if (a.high === 0 && b.high === 0 && a.low === 0 && b.low === 0) return { ...exactly(1), n };
  const median = divide(a.median, b.median);
  if (!isBounded(a) || !isBounded(b) || a.low < 0 || b.low < 0) return { median, low: -Infinity, high: Infinity, n };
  return { median, low: b.high === 0 ? Infinity : a.low / b.high, high: b.low === 0 ? Infinity : a.high / b.low, n };
}

export function scaled(estimate: Estimate, factor: number): Estimate {
  const { median, low, high, n } = estimate;
  return { median: median * factor, low: low * factor, high: high * factor, n };
}

/** The greatest of several, none of which need be the greatest for sure. */
export function greatest(estimates: readonly Estimate[]): Estimate {
  return extreme(estimates, (values) => extent(values)[1]);
}

export function least(estimates: readonly Estimate[]): Estimate {
  return extreme(estimates, (values) => extent(values)[0]);
}

export interface Limits {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly above?: number;
  readonly below?: number;
}

export function judge(value: Estimate, { atLeast, atMost, above, below }: Limits): Verdict {
  const verdicts: Verdict[] = [];
  if (atLeast !== undefined) verdicts.push(decide(value.low >= atLeast, value.high < atLeast));
  if (atMost !== undefined) verdicts.push(decide(value.high <= atMost, value.low > atMost));
  if (above !== undefined) verdicts.push(decide(value.low > above, value.high <= above));
  if (below !== undefined) verdicts.push(decide(value.high < below, value.low >= below));
  return allOf(verdicts);
}

/** How far the median is on the right side of the nearest limit, as a logarithm; negative on the wrong side. */
export function slack({ median }: Estimate, { atLeast, atMost, above, below }: Limits): number {
  const floor = atLeast ?? above;
  const ceiling = atMost ?? below;
  const distances = [
    ...(floor === undefined ? [] : [logRatio(median, floor)]),
    ...(ceiling === undefined ? [] : [logRatio(ceiling, median)]),
  ];
  return Math.min(...distances);
}

export function decide(surely: boolean, surelyNot: boolean): Verdict {
  if (surely) return "confirmed";
  return surelyNot ? "refuted" : "inconclusive";
}

/** Of the value with the fewest. */
export function fewestTrials(estimates: readonly Estimate[]): number {
  return extent(estimates.map(({ n }) => n))[0];
}

export function isBounded({ low, high }: Estimate): boolean {
  return Number.isFinite(low) && Number.isFinite(high);
}

function extreme(estimates: readonly Estimate[], pick: (values: readonly number[]) => number): Estimate {
  return {
    median: pick(estimates.map(({ median }) => median)),
    low: pick(estimates.map(({ low }) => low)),
    high: pick(estimates.map(({ high }) => high)),
    n: fewestTrials(estimates),
  };
}

function divide(a: number, b: number): number {
  return a === 0 && b === 0 ? 1 : a / b;
}

function logRatio(a: number, b: number): number {
  if (a === b) return 0;
  const ratio = Math.log(a / b);
  return Number.isNaN(ratio) ? Math.sign(a - b) * Infinity : ratio;
}
