/**
 * Do the values of one sample tend to be greater than those of another? The Wilcoxon-Mann-Whitney rank sum test
 * (Mann and Whitney, "On a test of whether one of two random variables is stochastically larger than the other",
 * Annals of Mathematical Statistics 18, 1947).
 *
 * Trials are few, skewed and often tied (a loss of 0 in most of them), so the null distribution is not looked up or
 * approximated but counted: every way to deal the pooled ranks to the two samples is equally likely, and the shift
 * algorithm (Streitberg and Röhmel, "Exact distributions for permutation and rank tests", Statistical Software
 * Newsletter 12, 1986) counts them by their sum of midranks, ties included. Beyond {@link MAX_EXACT} values the normal
 * distribution, corrected for ties and continuity, is close enough.
 */
import { mean } from "./mean.js";
import { normalCdf } from "./normal.js";

export interface RankTest {
  /** Probability of ranks of `b` this low or lower if both samples come from one population. */
  readonly less: number;
  /** The same for this high or higher. */
  readonly greater: number;
}

/** Most values of both samples together that are counted exactly: about 9 million steps. */
export const MAX_EXACT = 64;

/** @throws {RangeError} if a sample is empty */
export function rankTest(a: readonly number[], b: readonly number[]): RankTest {
  if (a.length === 0 || b.length === 0) throw new RangeError("a rank test needs at least one value a sample");
  const ranks = doubledMidranks([...a, ...b]);
  const sum = ranks.slice(a.length).reduce((total, rank) => total + rank, 0);
  return ranks.length <= MAX_EXACT ? exactTails(ranks, b.length, sum) : normalTails(ranks, b.length, sum);
}

/**
 * Effect size: share of pairs in which the value of `b` is the greater one, ties counted half; 0.5 is no effect
 * (Vargha and Delaney's A, Journal of Educational and Behavioral Statistics 25, 2000).
 *
 * @throws {RangeError} if a sample is empty
 */
export function superiority(a: readonly number[], b: readonly number[]): number {
  if (a.length === 0 || b.length === 0) throw new RangeError("an effect size needs at least one value a sample");
  const scores = a.flatMap((from) => b.map((to): number => (to > from ? 1 : to === from ? 0.5 : 0)));
  return mean(scores);
}

/** The least probability that a test of samples of these sizes can give: 1 / C(m + n, n), where no value overlaps. */
export function leastProbability(m: number, n: number): number {
  let probability = 1;
  for (let i = 1; i <= n; i += 1) probability *= i / (m + i);
  return probability;
}

/** Probability of each sum of `take` of the weights (whole numbers), all choices being equally likely. */
export function sumDistribution(weights: readonly number[], take: number): Float64Array {
  const most = weights.reduce((total, weight) => total + weight, 0);
  const ways = Array.from({ length: take + 1 }, () => new Float64Array(most + 1));
  ways[0]?.fill(1, 0, 1);
  let reached = 0;
  for (const weight of weights) {
    reached += weight;
    for (let k = take; k >= 1; k -= 1) addShifted(ways, k, weight, reached);
  }
  const sums = ways[take] ?? new Float64Array();
  const all = sums.reduce((total, count) => total + count, 0);
  return sums.map((count) => count / all);
}

/** Ways to make a sum of `k` weights, now also with this one. */
function addShifted(ways: readonly Float64Array[], k: number, weight: number, reached: number): void {
  const [to, from] = [ways[k], ways[k - 1]];
  if (to === undefined || from === undefined) return;
  for (let sum = reached; sum >= weight; sum -= 1) to[sum] = (to[sum] ?? 0) + (from[sum - weight] ?? 0);
}

function exactTails(ranks: readonly number[], take: number, sum: number): RankTest {
  let [less, greater] = [0, 0];
  for (const [at, probability] of sumDistribution(ranks, take).entries()) {
    if (at <= sum) less += probability;
    if (at >= sum) greater += probability;
  }
  return { less: Math.min(1, less), greater: Math.min(1, greater) };
}

/** On doubled ranks, so that the step of the sum, and with it the correction for continuity, is doubled too. */
function normalTails(ranks: readonly number[], take: number, sum: number): RankTest {
  const n = ranks.length;
  const centre = mean(ranks);
  const spread = ranks.reduce((total, rank) => total + (rank - centre) ** 2, 0);
  const deviation = Math.sqrt((take * (n - take) * spread) / (n * (n - 1)));
  if (deviation === 0) return { less: 1, greater: 1 };
  const below = (at: number): number => normalCdf((at - take * centre) / deviation);
  return { less: below(sum + 1), greater: 1 - below(sum - 1) };
}

/** Twice the rank of each value, 1-based; equal values share the mean of their ranks, which doubling keeps whole. */
export function doubledMidranks(values: readonly number[]): number[] {
  const order = values.map((value, index) => ({ value, index })).sort((x, y) => x.value - y.value);
  const ranks = new Array<number>(values.length).fill(0);
  for (let first = 0; first < order.length;) {
    let end = first;
    while (end < order.length && order[end]?.value === order[first]?.value) end += 1;
    for (const { index } of order.slice(first, end)) ranks[index] = first + 1 + end;
    first = end;
  }
  return ranks;
}
