/**
 * By what factor do the values of one sample differ from those of another? Hodges and Lehmann's estimate: the median
 * over all pairs ("Estimates of location based on rank tests", Annals of Mathematical Statistics 34, 1963), here of
 * ratios, since a change of speed acts as a factor. Its interval is made of the factors that the rank test would not
 * refuse (Moses; Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd edition, section 4.3), so that
 * interval and test never contradict each other, and its confidence is exact for any number of trials.
 * A percentile bootstrap of the ratio of two medians would give neither.
 */
import { median, sorted } from "./median.js";
import { normalQuantile } from "./normal.js";
import { leastProbability, MAX_EXACT, sumDistribution } from "./rank_test.js";

export interface RatioEstimate {
  /** Median of the pairwise ratios `b / a`. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** Of each bound alone: what was asked for, or less where the trials are too few. */
  readonly confidence: number;
}

/**
 * The factor from `a` to `b`, with a lower and an upper bound of `confidence` each. Undefined where a value is not
 * positive: there is no factor from nothing to something.
 *
 * @throws {RangeError} if a sample is empty
 */
export function ratioEstimate(
  a: readonly number[],
  b: readonly number[],
  confidence: number,
): RatioEstimate | undefined {
  if (a.length === 0 || b.length === 0) throw new RangeError("a ratio needs at least one value a sample");
  if ([...a, ...b].some((value) => !(value > 0))) return undefined;
  const ratios = sorted(a.flatMap((from) => b.map((to) => to / from)));
  const rank = boundRank(a.length, b.length, 1 - confidence);
  const middle = Math.exp(median(ratios.map(Math.log)));
  return {
    ratio: middle,
    low: ratios[rank - 1] ?? middle,
    high: ratios[ratios.length - rank] ?? middle,
    confidence: Math.min(confidence, 1 - leastProbability(a.length, b.length)),
  };
}

/** The greatest k, but 1 at least, with P(U < k) <= alpha: the k-th least and greatest ratio are the bounds. */
function boundRank(m: number, n: number, alpha: number): number {
  if (m + n > MAX_EXACT) return normalRank(m, n, alpha);
  const ranks = Array.from({ length: m + n }, (_, index) => index + 1);
  const least = (n * (n + 1)) / 2; // the rank sum where U = 0
  const distribution = sumDistribution(ranks, n);
  let [k, below] = [0, distribution[least] ?? 1];
  while (below <= alpha) {
    k += 1;
    below += distribution[least + k] ?? 1;
  }
  return Math.max(1, k);
}

function normalRank(m: number, n: number, alpha: number): number {
  const deviation = Math.sqrt((m * n * (m + n + 1)) / 12);
  return Math.max(1, Math.floor((m * n + 1) / 2 + normalQuantile(alpha) * deviation));
}
