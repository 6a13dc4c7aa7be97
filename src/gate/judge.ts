/**
 * Did anything get worse than its baseline by more than a rule allows? Four outcomes, of each point and metric and of
 * all together:
 *
 * - `regressed`: the rank test is sure that it got worse by more than `worse_by`. Sure over all comparisons together:
 *   their probabilities are corrected (Holm), so that a gate with many points does not cry wolf more often.
 * - `passed`: the rank test is sure that it did not (a non-inferiority test with `worse_by` as its margin; Wellek,
 *   "Testing Statistical Hypotheses of Equivalence and Noninferiority", 2nd edition, section 6.2). The whole gate
 *   passes if every comparison does, for which none needs a correction (intersection-union test: Berger,
 *   Technometrics 24, 1982).
 * - `inconclusive`: neither; the trials are too few or too noisy, or there are none. More trials can decide.
 * - `broken`: the baseline has the point, and every trial of it failed now.
 */
import { holm } from "../statistics/holm.js";
import { extent, median } from "../statistics/median.js";
import { leastProbability, rankTest, superiority } from "../statistics/rank_test.js";
import { ratioEstimate, type RatioEstimate } from "../statistics/ratio.js";
import { isWanted, pairPoints, type PointPair } from "./points.js";
import type { SpreadSource, TestRuns } from "./between_runs.js";
import type { GateRule } from "../suite/model.js";
import type { PointSamples, SampleMetric, SampleSet } from "./samples.js";

export type Outcome = "passed" | "regressed" | "inconclusive" | "broken";

export interface Side {
  readonly n: number;
  /** Undefined without a sample. */
  readonly median: number | undefined;
}

/** One metric at one point, held against its baseline. */
export interface Check {
  readonly rule: GateRule;
  readonly metric: SampleMetric;
  readonly point: PointSamples;
  readonly baseline: Side;
  readonly candidate: Side;
  /** Candidate over baseline; undefined where a value is 0, or one side has none. */
  readonly ratio?: RatioEstimate | undefined;
  /** Share of pairs of trials in which the candidate's is the better one, ties half. */
  readonly superiority?: number | undefined;
  /** Corrected probability of such samples if it got worse by no more than the rule allows. */
  readonly worse?: number | undefined;
  /** Probability of such samples if it got worse by as much as the rule allows, or more. */
  readonly notWorse?: number | undefined;
  readonly outcome: Outcome;
  /** Where it is known from how much runs of one build differ; left out where trials alone decide. */
  readonly betweenRuns?: SpreadSource | undefined;
  /** Why it is `inconclusive` or `broken`. */
  readonly reason?: string | undefined;
}

export interface Judgement {
  readonly outcome: Outcome;
  readonly checks: readonly Check[];
  /** Points that the baseline does not have: measured, but held against nothing. */
  readonly newPoints: readonly PointSamples[];
}

/**
 * Checks in the order of rules and of the baseline's points. Of no checks the outcome is `inconclusive`.
 *
 * @param testRuns must be as sure as the test of trials; left out, that alone decides
 */
export function judge(
  baseline: SampleSet,
  candidate: SampleSet,
  rules: readonly GateRule[],
  testRuns: TestRuns = () => undefined,
): Judgement {
  const { pairs, onlyBaseline, onlyCandidate } = pairPoints(baseline, candidate);
  const tests = rules.flatMap((rule) => {
    const metric = baseline.metrics.find(({ name }) => name === rule.metric);
    if (metric === undefined) return [];
    const wanted = pairs.filter((pair) => isWanted(pair.baseline, rule.where) && metric.name in pair.baseline.samples);
    return [
      ...wanted.map((pair) => testPair(rule, metric, pair, testRuns)),
      ...onlyBaseline
        .filter((point) => isWanted(point, rule.where) && metric.name in point.samples)
        .map((point) =>
          untested({ rule, metric, point, baseline: sideOf(point, metric), candidate: NOTHING }, MISSING),
        ),
    ];
  });
  const checks = decide(tests, whyInconclusive);
  return { outcome: overall(checks.map(({ outcome }) => outcome)), checks, newPoints: onlyCandidate };
}

/** The one that matters most. */
export function overall(outcomes: readonly Outcome[]): Outcome {
  const order: readonly Outcome[] = ["regressed", "broken", "inconclusive", "passed"];
  return order.find((outcome) => outcomes.includes(outcome)) ?? "inconclusive";
}

/** Least number of trials a side with which `comparisons` at once can find a regression. */
export function leastTrials(confidence: number, comparisons: number): number {
  let n = 1;
  while (leastProbability(n, n) * comparisons > 1 - confidence) n += 1;
  return n;
}

const NOTHING: Side = { n: 0, median: undefined };
const MISSING = "The run does not have this point.";
const OTHER_STATE =
  "The host was in another state than when the baseline was measured, by the calibration loop: measure again later.";

/** Whether a change by this factor is one for the worse by more than the rule allows. */
export function exceeds(ratio: number, { better }: Pick<SampleMetric, "better">, { worseBy }: GateRule): boolean {
  return better === "lower" ? ratio > 1 + worseBy : ratio < 1 - worseBy;
}

/** A check before its outcome; it has one where nothing is left to test. */
export type Tested = Omit<Check, "outcome"> & { readonly outcome?: Outcome };

export function checkOf(rule: GateRule, metric: SampleMetric, { baseline, candidate }: PointPair): Tested {
  return { rule, metric, point: candidate, baseline: sideOf(baseline, metric), candidate: sideOf(candidate, metric) };
}

function testPair(rule: GateRule, metric: SampleMetric, pair: PointPair, testRuns: TestRuns): Tested {
  const { baseline, candidate } = pair;
  const check = checkOf(rule, metric, pair);
  const [before = [], after = []] = [baseline.samples[metric.name], candidate.samples[metric.name]];
  if (candidate.status === "failed") return { ...check, outcome: "broken", reason: candidate.reason };
  if (after.length === 0) return untested(check, whyEmpty(candidate));
  const lower = metric.better === "lower";
  const limit = lower ? 1 + rule.worseBy : 1 - rule.worseBy;
  const trials = testTrials(before, after, limit, lower);
  const runs = testRuns(rule, metric, pair, limit);
  const { less = 0, greater = 0 } = runs ?? {};
  return {
    ...check,
    ratio: runs?.ratio ?? ratioEstimate(before, after, rule.confidence),
    superiority: lower ? superiority(after, before) : superiority(before, after),
    worse: Math.max(trials.worse, lower ? greater : less),
    notWorse: Math.max(trials.notWorse, lower ? less : greater),
    betweenRuns: runs?.betweenRuns,
  };
}

/** Probabilities of such trials if they are worse by no more than the limit, a factor, and by as much or more. */
function testTrials(before: readonly number[], after: readonly number[], limit: number, lower: boolean) {
  const { less, greater } = rankTest(
    before.map((value) => value * limit),
    after,
  );
  if (neverWorse(before, after, lower)) {
    return { worse: lower ? greater : less, notWorse: leastProbability(before.length, after.length) };
  }
  return lower ? { worse: greater, notWorse: less } : { worse: less, notWorse: greater };
}

/**
 * Every trial is at least as good as every trial of the baseline. The rank test does not see that where all are equal,
 * as a loss of 0 often is, since the limit is then 0 as well.
 */
function neverWorse(before: readonly number[], after: readonly number[], lower: boolean): boolean {
  return lower ? extent(after)[1] <= extent(before)[0] : extent(after)[0] >= extent(before)[1];
}

/** @param why an outcome is inconclusive, of so many comparisons */
export function decide(tests: readonly Tested[], why: (test: Tested, comparisons: number) => string): readonly Check[] {
  const tested = tests.filter(({ worse }) => worse !== undefined);
  const corrected = holm(tested.map(({ worse }) => worse ?? 1));
  const worseOf = new Map(tested.map((test, index) => [test, corrected[index]]));
  return tests.map((test): Check => {
    if (test.outcome !== undefined) return { ...test, outcome: test.outcome };
    const [worse = 1, alpha] = [worseOf.get(test), 1 - test.rule.confidence];
    if (worse <= alpha) return { ...test, worse, outcome: "regressed" };
    if ((test.notWorse ?? 1) <= alpha) return { ...test, worse, outcome: "passed" };
    return { ...test, worse, outcome: "inconclusive", reason: test.reason ?? why(test, tested.length) };
  });
}

function whyInconclusive({ rule: { confidence }, baseline, candidate, ...test }: Tested, comparisons: number): string {
  const least = leastTrials(confidence, comparisons);
  const n = Math.min(baseline.n, candidate.n);
  if (leastProbability(baseline.n, candidate.n) * comparisons > 1 - confidence) {
    const sides = `${baseline.n} and ${candidate.n} trials`;
    return `Too few trials: ${sides}; ${comparisons} comparisons at once need ${least} a side to find anything.`;
  }
  if (test.ratio === undefined) return `The values of ${n} trials, some of them 0, do not tell.`;
  if (test.betweenRuns === undefined) return "The noise of the trials leaves it open.";
  return "What trials and runs of one build differ by leaves it open.";
}

export function untested(check: Omit<Check, "outcome">, reason: string): Tested {
  return { ...check, outcome: "inconclusive", reason };
}

export function whyEmpty({ status, reason, leftOut }: PointSamples): string {
  if ((leftOut.otherState ?? 0) > 0) return OTHER_STATE;
  if (leftOut.suspect > 0) return `Every trial is suspect and left out. ${reason ?? ""}`.trim();
  if (status === "skipped") return `The point was skipped. ${reason ?? ""}`.trim();
  return status === "pending" ? "The run ended before this point was measured." : "The run has no value of it.";
}

function sideOf({ samples }: PointSamples, { name }: SampleMetric): Side {
  const values = samples[name] ?? [];
  return { n: values.length, median: values.length === 0 ? undefined : median(values) };
}
