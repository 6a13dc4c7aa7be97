/**
 * Is a change more than runs of one build differ anyway? Trials of one run have much in common, so that a test of trials
 * takes another run of the same build for a change. Here the run is what is counted, by the median of its trials; how much
 * runs differ is known from a baseline of several, or from what `nicbench selftest statistics` found on the host.
 */
import { median } from "../statistics/median.js";
import {
  probabilityBelow,
  runShift,
  shiftBounds,
  spreadOf,
  type RunShift,
  type RunSpread,
} from "../statistics/run_shift.js";
import type { RatioEstimate } from "../statistics/ratio.js";
import type { GateRule } from "../suite/model.js";
import type { PointPair } from "./points.js";
import type { SampleMetric, SampleSets } from "./samples.js";

/** Where it is known from how much runs of one build differ. */
export type SpreadSource = "baseline" | "noise-floor" | "unknown";

export interface RunsTest {
  readonly betweenRuns: SpreadSource;
  /** Of the runs' medians, with bounds that allow for what runs differ by; left out where that is unknown. */
  readonly ratio?: RatioEstimate;
  /** Probability of such runs if they are lower than `limit` allows by no more than runs differ, and the same for higher. */
  readonly less?: number;
  readonly greater?: number;
}

/** @returns undefined where a value is not positive: there is no factor between runs then */
export type TestRuns = (rule: GateRule, metric: SampleMetric, pair: PointPair, limit: number) => RunsTest | undefined;

/** @param floor of the host by metric, for a baseline of one run */
export function testRunsOf(
  baseline: SampleSets,
  runs: SampleSets,
  floor: Readonly<Record<string, RunSpread>> = {},
): TestRuns {
  return ({ confidence }, { name }, pair, limit) => {
    const before = levels(baseline, pair.baseline.id, name);
    const after = levels(runs, pair.candidate.id, name);
    if ([...before, ...after].some((level) => !Number.isFinite(level))) return undefined;
    const known = before.length > 1 ? spreadOf([before, after]) : floor[name];
    if (known === undefined) return { betweenRuns: "unknown" };
    const shift = runShift(before, after, known);
    const less = probabilityBelow(shift, Math.log(limit));
    const betweenRuns = before.length > 1 ? "baseline" : "noise-floor";
    return { betweenRuns, ratio: ratioOf(shift, confidence), less, greater: 1 - less };
  };
}

/** Logarithm of the median of each run that has the point. */
export function levels(sets: readonly SampleSets[number][], id: string, metric: string): readonly number[] {
  return sets.flatMap(({ points }) => {
    const values = points.find((point) => point.id === id)?.samples[metric] ?? [];
    return values.length === 0 ? [] : [Math.log(median(values))];
  });
}

function ratioOf(shift: RunShift, confidence: number): RatioEstimate {
  const [low, high] = shiftBounds(shift, confidence);
  return { ratio: Math.exp(shift.shift), low: Math.exp(low), high: Math.exp(high), confidence };
}
