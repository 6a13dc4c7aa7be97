/**
 * Do pairs tend to differ in one direction? Wilcoxon's signed rank test ("Individual comparisons by ranking methods",
 * Biometrics Bulletin 1, 1945): what both values of a pair have in common, such as the state of the host while they were
 * measured, does not count.
 *
 * As in `rank_test.ts` the null distribution is counted: every sign of every difference is equally likely, and the ways to
 * reach each sum of ranks are those of choosing some of them. Differences of 0 are left out, ties share their mean rank
 * (Hollander, Wolfe and Chicken, "Nonparametric Statistical Methods", 3rd edition, section 3.1).
 */
import { doubledMidranks } from "./rank_test.js";
import { median } from "./median.js";

export interface SignedRankTest {
  /** Probability of differences this low or lower if they are symmetric around 0. */
  readonly less: number;
  /** The same for this high or higher. */
  readonly greater: number;
}

/** 1 for both where every difference is 0. */
export function signedRankTest(differences: readonly number[]): SignedRankTest {
  const counted = differences.filter((difference) => difference !== 0);
  const ranks = doubledMidranks(counted.map(Math.abs));
  const sum = ranks.reduce((total, rank, index) => total + ((counted[index] ?? 0) > 0 ? rank : 0), 0);
  let [less, greater] = [0, 0];
  for (const [at, probability] of signedSums(ranks).entries()) {
    if (at <= sum) less += probability;
    if (at >= sum) greater += probability;
  }
  return { less: Math.min(1, less), greater: Math.min(1, greater) };
}

/** The least probability that so many pairs can give. */
export function leastPairedProbability(pairs: number): number {
  return 2 ** -pairs;
}

/**
 * What the differences are shifted by, with a lower and an upper bound: the median of the means of all two of them, and
 * the shifts that the test would not refuse (Hodges and Lehmann; Tukey; section 3.2 and 3.3 of the same book).
 *
 * @param confidence of each bound alone
 * @throws {RangeError} if there is none
 */
export function shiftEstimate(differences: readonly number[], confidence: number) {
  const means = differences
    .flatMap((one, i) => differences.slice(i).map((other) => (one + other) / 2))
    .sort((a, b) => a - b);
  const ranks = differences.map((_, index) => index + 1);
  let [k, below] = [0, 0];
  for (const probability of signedSums(ranks)) {
    below += probability;
    if (below > 1 - confidence) break;
    k += 1;
  }
  const rank = Math.max(1, k);
  const shift = median(means);
  return {
    shift,
    low: means[rank - 1] ?? shift,
    high: means[means.length - rank] ?? shift,
    confidence: Math.min(confidence, 1 - leastPairedProbability(differences.length)),
  };
}

/** Probability of each sum of the ranks that belong to positive differences. */
function signedSums(ranks: readonly number[]): Float64Array {
  const sums = new Float64Array(ranks.reduce((total, rank) => total + rank, 0) + 1);
  sums[0] = 1;
  for (const rank of ranks) {
    for (let sum = sums.length - 1; sum >= 0; sum -= 1) {
      sums[sum] = ((sums[sum] ?? 0) + (sum >= rank ? (sums[sum - rank] ?? 0) : 0)) / 2;
    }
  }
  return sums;
}
