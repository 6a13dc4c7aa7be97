/** More runs where one does not decide: while it is inconclusive, and once to confirm a regression. */
import { exceeds, judge, overall, type Check, type Judgement } from "./judge.js";
import { ratioEstimate } from "../statistics/ratio.js";
import { pairPoints } from "./points.js";
import { pool, type SampleSet, type SampleSets } from "./samples.js";
import { openPoints, withSettled } from "./settled.js";
import { testRunsOf } from "./between_runs.js";
import type { RunSpread } from "../statistics/run_shift.js";
import type { GateRule } from "../suite/model.js";

export interface JudgeOptions {
  /** How much runs differ by metric, for a baseline of one run; left out, that is not known. */
  readonly floor?: Readonly<Record<string, RunSpread>> | undefined;
  /** Of the rules' chance of a false alarm. 1 unless told. */
  readonly share?: number;
}

/**
 * Judges the samples of several runs together. A regression stands only if every run alone shows it: a disturbance
 * of one run is no regression, and independent runs are what tells the two apart.
 *
 * @param baseline one or more runs: of several it is known how much runs of one build differ
 */
export function judgeRuns(
  baseline: SampleSets,
  runs: SampleSets,
  rules: readonly GateRule[],
  { floor, share = 1 }: JudgeOptions = {},
): Judgement {
  const known = pool(baseline);
  const strict = rules.map((rule) => ({ ...rule, confidence: 1 - share * (1 - rule.confidence) }));
  const judged = judge(known, pool(runs), strict, testRunsOf(baseline, runs, floor));
  const checks = judged.checks
    .map((check) => ({ ...check, rule: rules[strict.indexOf(check.rule)] ?? check.rule }))
    .map((check) => (check.outcome === "regressed" && runs.length > 1 ? confirm(check, known, runs) : check));
  return { ...judged, checks, outcome: overall(checks.map(({ outcome }) => outcome)) };
}

export interface RoundsInput {
  readonly baseline: SampleSets;
  readonly rules: readonly GateRule[];
  readonly floor?: JudgeOptions["floor"];
  /** Runs the suite once more, from the start. @param points ids of those that are to be measured; left out, all */
  readonly measure: (points?: ReadonlySet<string>) => Promise<SampleSet>;
  /** No run is started that would not end within this time if it takes as long as the last one. */
  readonly budgetSeconds: number;
  /** Seconds on any clock that only goes forward. */
  readonly now: () => number;
}

export interface Rounds {
  readonly judgement: Judgement;
  readonly runs: SampleSets;
}

/**
 * One run at least. More while the gate is inconclusive, and one more for a regression, within the budget, of the points that
 * have not passed. Where there may be several looks, each has half as much of the chance of a false alarm as the one before:
 * their number is not known.
 */
export async function gateInRounds(input: RoundsInput): Promise<Rounds> {
  const { baseline, rules, floor, measure, budgetSeconds, now } = input;
  const look = (runs: SampleSets): Judgement => {
    return judgeRuns(baseline, runs, rules, { floor, share: budgetSeconds === 0 ? 1 : 2 ** -runs.length });
  };
  const start = now();
  let runs: SampleSets = [await measure()];
  let judgement = look(runs);
  let last = now() - start;
  while (isOpen(judgement, runs) && now() - start + last <= budgetSeconds) {
    const before = now();
    runs = [...runs, await measure(openPoints(judgement))];
    judgement = withSettled(judgement, look(runs));
    last = now() - before;
  }
  return { judgement, runs };
}

/** A run that was stopped, or whose points are broken, is not tried again: somebody should look. Nor are points that are gone. */
function isOpen(judgement: Judgement, runs: SampleSets): boolean {
  const { outcome } = judgement;
  if (runs.some((run) => run.outcome === "interrupted")) return false;
  const open = openPoints(judgement);
  if (!runs[0].points.some(({ id }) => open.has(id))) return false;
  return outcome === "inconclusive" || (outcome === "regressed" && runs.filter(hasSamples).length === 1);
}

/** A run that found its host in another state than the baseline did has none, and says neither yes nor no. */
function hasSamples({ points }: SampleSet): boolean {
  return points.some(({ samples }) => Object.keys(samples).length > 0);
}

function confirm(check: Check, baseline: SampleSet, runs: SampleSets): Check {
  const others = runs.filter((run) => hasSamples(run) && !showsAlone(check, baseline, run));
  if (others.length === 0) return check;
  const names = others.flatMap((run) => run.runs).join(", ");
  return { ...check, outcome: "inconclusive", reason: `Not confirmed: ${names} alone does not show it.` };
}

function showsAlone({ metric, rule, point }: Check, baseline: SampleSet, run: SampleSet): boolean {
  const pair = pairPoints(baseline, run).pairs.find(({ candidate }) => candidate.id === point.id);
  const [before = [], after = []] = [pair?.baseline.samples[metric.name], pair?.candidate.samples[metric.name]];
  if (before.length === 0 || after.length === 0) return false;
  const ratio = ratioEstimate(before, after, rule.confidence)?.ratio;
  return ratio === undefined || exceeds(ratio, metric, rule);
}
