/**
 * By how much do runs of one kind differ from runs of another, where each run has a level of its own? Trials of one run
 * share its memory layout, its agent and its hour: they say how sure the run's median is, and nothing about where the
 * next run's will be. So the run is what is counted (Kalibera and Jones, "Rigorous benchmarking in reasonable time",
 * ISMM 2013), its level a draw from a normal distribution (a random effect).
 *
 * One new run against n known ones is the prediction of a future value: its distance from their mean, divided by
 * s sqrt(1 + 1/n), has Student's distribution with n - 1 degrees of freedom (Hahn and Meeker, "Statistical Intervals",
 * section 4.7). With several new runs it is the t test of two samples with one variance.
 */
import { mean } from "./mean.js";
import { studentCdf, studentQuantile } from "./student.js";

/** How much levels of runs differ: standard deviation, and the degrees of freedom that it is known with. */
export interface RunSpread {
  readonly deviation: number;
  readonly freedom: number;
}

export interface RunShift {
  /** Mean of the other runs less that of the first. */
  readonly shift: number;
  /** Its standard error. */
  readonly error: number;
  readonly freedom: number;
}

/** @returns undefined where no sample has two values */
export function spreadOf(samples: readonly (readonly number[])[]): RunSpread | undefined {
  const freedom = samples.reduce((sum, values) => sum + Math.max(0, values.length - 1), 0);
  if (freedom === 0) return undefined;
  const squares = samples.flatMap((values) => values.map((value) => (value - mean(values)) ** 2));
  return { deviation: Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / freedom), freedom };
}

/** @param a levels of runs, and `b` of others: one each at least */
export function runShift(a: readonly number[], b: readonly number[], { deviation, freedom }: RunSpread): RunShift {
  return { shift: mean(b) - mean(a), error: deviation * Math.sqrt(1 / a.length + 1 / b.length), freedom };
}

/** Probability of a shift this low or lower if it is really `limit`. */
export function probabilityBelow({ shift, error, freedom }: RunShift, limit: number): number {
  if (shift === limit) return 0.5;
  return error === 0 ? Number(shift > limit) : studentCdf((shift - limit) / error, freedom);
}

/** Lower and upper bound of the shift, of `confidence` each. */
export function shiftBounds({ shift, error, freedom }: RunShift, confidence: number): readonly [number, number] {
  const distance = error * studentQuantile(confidence, freedom);
  return [shift - distance, shift + distance];
}
