/**
 * Is a change more than runs of one build differ anyway? Trials of one run have much in common, so that a test of trials
 * takes another run of the same build for a change. Here the run is what is counted, by the median of its trials; how much
 * runs differ is known from a baseline of several, or from what `nicbench selftest statistics` found on the host; else it is
 * assumed from how much trials do.
 */
import { extent, median } from "../statistics/median.js";
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
import type { SampleMetric, SampleSet, SampleSets } from "./samples.js";

/** Where it is known from how much runs of one build differ; `trials`: it is assumed. */
export type SpreadSource = "baseline" | "noise-floor" | "trials";

export interface RunsTest {
  readonly betweenRuns: SpreadSource;
  /** Of the runs' medians, with bounds that allow for what runs differ by. */
  readonly ratio: RatioEstimate;
  /** Probability of such runs if they are lower than `limit` allows by no more than runs differ, and the same for higher. */
  readonly less: number;
  readonly greater: number;
}

/**
 * What a run is assumed to add to the spread of its trials, as a factor, and the least deviation that is assumed. In the
 * recording of docs/statistics-study.md the factor 1 gives up to 1.7 % false alarms, 1.5 gives 0.1 %; environment and
 * layout move whole runs by a percent where their trials agree (Mytkowicz et al., "Producing wrong data without doing
 * anything obviously wrong", ASPLOS 2009).
 */
const ASSUMED_FACTOR = 1.5;
const LEAST_ASSUMED = 0.01;

/** @returns undefined where a value is not positive, or all trials agree: there is no factor between runs, or no noise */
export type TestRuns = (rule: GateRule, metric: SampleMetric, pair: PointPair, limit: number) => RunsTest | undefined;

/** @param floor of the host by metric, for a baseline of one run */
export function testRunsOf(
  baseline: SampleSets,
  runs: SampleSets,
  floor: Readonly<Record<string, RunSpread>> = {},
): TestRuns {
  return ({ confidence }, { name }, pair, limit) => {
    const before = valuesOf(baseline, pair.baseline.id, name);
    const after = valuesOf(runs, pair.candidate.id, name);
    if ([...before, ...after].some((values) => !(median(values) > 0))) return undefined;
    const known = spreadBetween(before, after, floor[name]);
    if (known === undefined) return undefined;
    const shift = runShift(before.map(level), after.map(level), known.spread);
    const less = probabilityBelow(shift, Math.log(limit));
    return { betweenRuns: known.source, ratio: ratioOf(shift, confidence), less, greater: 1 - less };
  };
}

/** Logarithm of the median of each run that has the point. */
export function levels(sets: readonly SampleSet[], id: string, metric: string): readonly number[] {
  return valuesOf(sets, id, metric).map(level);
}

/** A list a run that has the point. */
type RunValues = readonly (readonly number[])[];

function valuesOf(sets: readonly SampleSet[], id: string, metric: string): RunValues {
  const values = sets.map(({ points }) => points.find((point) => point.id === id)?.samples[metric] ?? []);
  return values.filter(({ length }) => length > 0);
}

function level(values: readonly number[]): number {
  return Math.log(median(values));
}

function spreadBetween(before: RunValues, after: RunValues, floor: RunSpread | undefined) {
  const [source, spread] =
    before.length > 1
      ? (["baseline", spreadOf([before.map(level), after.map(level)])] as const)
      : floor !== undefined
        ? (["noise-floor", floor] as const)
        : (["trials", assumedSpread([...before, ...after])] as const);
  return spread && { source, spread };
}

function assumedSpread(runs: RunValues): RunSpread | undefined {
  if (runs.every((values) => extent(values)[0] === extent(values)[1])) return undefined;
  const trials = spreadOf(runs.map((values) => values.map(Math.log)));
  if (trials === undefined || !Number.isFinite(trials.deviation)) return undefined;
  return { ...trials, deviation: Math.max(LEAST_ASSUMED, ASSUMED_FACTOR * trials.deviation) };
}

function ratioOf(shift: RunShift, confidence: number): RatioEstimate {
  const [low, high] = shiftBounds(shift, confidence);
  return { ratio: Math.exp(shift.shift), low: Math.exp(low), high: Math.exp(high), confidence };
}
