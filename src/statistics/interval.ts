/**
 * Confidence interval of the median from order statistics.
 *
 * Trials are few (5 to 20) and their spread is skewed and often bimodal, so nothing is assumed about the
 * distribution but that trials are independent. The number of trials below the true median is then
 * Binomial(n, 1/2), which makes [x(k), x(n+1-k)] an interval of exactly known confidence (Le Boudec,
 * "Performance Evaluation of Computer and Communication Systems", theorem 2.1 and table A.1; Hoefler and
 * Belli, "Scientific Benchmarking of Parallel Computing Systems", SC'15, rule 5 and section 3.1.3).
 *
 * The percentile bootstrap, which is the usual choice, promises too much at this size: at n = 7 its
 * nominal 95 % interval of the median is about [x(2), x(6)], which holds the median in 87.5 % of runs.
 * (The tests measure it.) It stays available in `bootstrap.ts` for statistics without an exact interval.
 *
 * Only a few confidence levels can be had exactly: at n = 8, 99.2 % or 93.0 %. We interpolate between the
 * two that enclose the wanted one (Hettmansperger and Sheather, "Confidence intervals based on interpolated
 * order statistics", Statistics & Probability Letters 4, 1986). Their formula is accurate for all usual
 * distributions, and whatever the distribution is, the confidence stays between those two levels.
 *
 * With fewer than 6 trials there is no such interval at 95 %: even [min, max] misses the median in
 * 2^(1-n) of runs. We give [min, max] and say how much confidence that is (n = 5: 93.75 %, n = 3: 75 %).
 *
 * A run that repeats until the interval is narrow enough looks at it more than once, which costs a few
 * percent of confidence. A lower bound on the repeats keeps that small; it does not remove it.
 */
import { median, sorted } from "./median.js";

export interface Interval {
  readonly low: number;
  readonly high: number;
  /** Confidence that the interval has, in [0, 1]: what was asked for, or less if the trials are too few. */
  readonly confidence: number;
}

/** The least number of trials that can give a 95 % interval of a median. */
export const MIN_TRIALS_FOR_CI95 = 6;

/**
 * Interval of the median of the population that `values` were drawn from.
 *
 * @throws {RangeError} if there is no value
 */
export function medianInterval(values: readonly number[], confidence = 0.95): Interval {
  const ascending = sorted(values);
  const n = ascending.length;
  const widest = confidenceOfRank(n, 1);
  if (widest < confidence) return { low: at(ascending, 1), high: at(ascending, n), confidence: widest };
  const k = narrowestRank(n, confidence);
  const lambda = interpolationWeight(n, k, confidence);
  return {
    low: mix(at(ascending, k), at(ascending, k + 1), lambda),
    high: mix(at(ascending, n + 1 - k), at(ascending, n - k), lambda),
    confidence,
  };
}

/** The `ci95` of summaries: bounds of {@link medianInterval}; `[value, value]` for a single value. */
export function ci95(values: readonly number[]): readonly [number, number] {
  const { low, high } = medianInterval(values);
  return [low, high];
}

/** Confidence that `ci95` of n trials really has: 0.95, or that of [min, max] where n < 6; 0 for n < 2. */
export function achievedConfidence(n: number): number {
  return Math.min(0.95, confidenceOfRank(n, 1));
}

/**
 * Larger distance from the median to a bound of its 95 % interval, as a share of the median: what the
 * stopping rule `until: { ci95: 5% }` compares with 0.05.
 *
 * `Infinity` below {@link MIN_TRIALS_FOR_CI95} trials: three trials that happen to agree are not yet
 * a 95 % interval, so they must not end the repeats.
 */
export function relativeHalfWidth(values: readonly number[]): number {
  if (values.length < MIN_TRIALS_FOR_CI95) return Number.POSITIVE_INFINITY;
  return halfWidthShare(median(values), ci95(values));
}

/** Half width of an interval as a share of its median; 0 for a point interval, `Infinity` around a 0. */
export function halfWidthShare(middle: number, [low, high]: readonly [number, number]): number {
  const halfWidth = Math.max(high - middle, middle - low);
  return halfWidth === 0 ? 0 : halfWidth / Math.abs(middle);
}

/** Value of 1-based rank. */
function at(ascending: readonly number[], rank: number): number {
  const value = ascending[rank - 1];
  if (value === undefined) throw new RangeError("an interval needs at least one value");
  return value;
}

/** `from` at weight 0, `to` at weight 1; equal ends stay exact. */
function mix(from: number, to: number, weight: number): number {
  return from === to ? from : from + (to - from) * weight;
}

/** Confidence of [x(k), x(n+1-k)]: 1 - 2 P(S < k) with S ~ Binomial(n, 1/2). */
function confidenceOfRank(n: number, k: number): number {
  return n < 1 ? 0 : 1 - 2 * binomialHalfCdf(n, k - 1);
}

/** Largest k whose interval still has the confidence. */
function narrowestRank(n: number, confidence: number): number {
  let k = 1;
  while (k + 1 <= n - k && confidenceOfRank(n, k + 1) >= confidence) k += 1;
  return k;
}

/** Weight of the inner order statistic x(k+1) (Hettmansperger and Sheather 1986, equation for lambda). */
function interpolationWeight(n: number, k: number, confidence: number): number {
  const outer = confidenceOfRank(n, k);
  const inner = confidenceOfRank(n, k + 1);
  const share = (outer - confidence) / (outer - inner);
  return ((n - k) * share) / (k + (n - 2 * k) * share);
}

/** P(S <= k) for S ~ Binomial(n, 1/2); summed from logarithms, so that large n does not underflow. */
function binomialHalfCdf(n: number, k: number): number {
  let logTerm = -n * Math.LN2;
  let sum = Math.exp(logTerm);
  for (let i = 1; i <= k; i += 1) {
    logTerm += Math.log((n - i + 1) / i);
    sum += Math.exp(logTerm);
  }
  return sum;
}
