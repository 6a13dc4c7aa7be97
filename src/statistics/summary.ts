import { ci95 } from "./interval.js";
import { extent, median } from "./median.js";

/** One metric over the counted trials of a point, in the metric's unit. */
export interface SampleSummary {
  readonly n: number;
  readonly median: number;
  /** 95 % confidence interval of the median; see `interval.ts` for what it is below 6 trials. */
  readonly ci95: readonly [number, number];
  readonly min: number;
  readonly max: number;
}

/** @throws {RangeError} if there is no value */
export function summarise(values: readonly number[]): SampleSummary {
  const [min, max] = extent(values);
  return { n: values.length, median: median(values), ci95: ci95(values), min, max };
}
