/**
 * Percentile bootstrap (Efron 1979): an interval for any statistic, such as the ratio of two medians.
 * For one median use `interval.ts`, which is exact where this one is too narrow (n below about 30).
 */
import { quantileOfSorted, sorted } from "./median.js";
import { seededRandom } from "./random.js";
import type { Interval } from "./interval.js";

export interface BootstrapOptions {
  /** The same seed gives the same interval. */
  readonly seed: number;
  /** In (0, 1); 0.95 unless told. */
  readonly confidence?: number;
  /** 2000 unless told, which leaves the bounds of a 95 % interval within about 0.5 % of coverage. */
  readonly resamples?: number;
}

/**
 * Resamples each group with replacement, on its own, and returns the central share of the statistic's values.
 *
 * @param groups one or more samples, each of at least one value
 * @param statistic called with as many groups, each of its own size
 */
export function bootstrapInterval(
  groups: readonly (readonly number[])[],
  statistic: (...groups: readonly (readonly number[])[]) => number,
  { seed, confidence = 0.95, resamples = 2000 }: BootstrapOptions,
): Interval {
  if (groups.some((group) => group.length === 0)) throw new RangeError("a bootstrap needs at least one value a group");
  const random = seededRandom(seed);
  const draw = (group: readonly number[]): number[] =>
    group.map(() => group[Math.floor(random() * group.length)] ?? Number.NaN);
  const statistics = sorted(Array.from({ length: resamples }, () => statistic(...groups.map(draw))));
  const tail = (1 - confidence) / 2;
  return { low: quantileOfSorted(statistics, tail), high: quantileOfSorted(statistics, 1 - tail), confidence };
}
