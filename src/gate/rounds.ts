/** More runs where one does not decide: while it is inconclusive, and once to confirm a regression. */
import { exceeds, judge, overall, type Check, type Judgement } from "./judge.js";
import { ratioEstimate } from "../statistics/ratio.js";
import { pairPoints } from "./points.js";
import { pool, type SampleSet } from "./samples.js";
import type { GateRule } from "../suite/model.js";

type Sets = readonly [SampleSet, ...SampleSet[]];

/**
 * Judges the samples of several runs together. A regression stands only if every run alone shows it: a disturbance
 * of one run is no regression, and independent runs are what tells the two apart.
 */
export function judgeRuns(baseline: SampleSet, runs: Sets, rules: readonly GateRule[]): Judgement {
  const judgement = judge(baseline, pool(runs), rules);
  if (runs.length === 1) return judgement;
  const checks = judgement.checks.map((check) =>
    check.outcome === "regressed" ? confirm(check, baseline, runs) : check,
  );
  return { ...judgement, checks, outcome: overall(checks.map(({ outcome }) => outcome)) };
}

export interface RoundsInput {
  readonly baseline: SampleSet;
  readonly rules: readonly GateRule[];
  /** Runs the suite once more, from the start. */
  readonly measure: () => Promise<SampleSet>;
  /** No run is started that would not end within this time if it takes as long as the last one. */
  readonly budgetSeconds: number;
  /** Seconds on any clock that only goes forward. */
  readonly now: () => number;
}

export interface Rounds {
  readonly judgement: Judgement;
  readonly runs: Sets;
}

/** One run at least. More while the gate is inconclusive, and one more for a regression, within the budget. */
export async function gateInRounds({ baseline, rules, measure, budgetSeconds, now }: RoundsInput): Promise<Rounds> {
  const start = now();
  let runs: Sets = [await measure()];
  let judgement = judgeRuns(baseline, runs, rules);
  let last = now() - start;
  while (isOpen(judgement, runs) && now() - start + last <= budgetSeconds) {
    const before = now();
    runs = [...runs, await measure()];
    judgement = judgeRuns(baseline, runs, rules);
    last = now() - before;
  }
  return { judgement, runs };
}

/** A run that was stopped, or whose points are broken, is not tried again: somebody should look. */
function isOpen({ outcome }: Judgement, runs: Sets): boolean {
  if (runs.some((run) => run.outcome === "interrupted")) return false;
  return outcome === "inconclusive" || (outcome === "regressed" && runs.length === 1);
}

function confirm(check: Check, baseline: SampleSet, runs: Sets): Check {
  const others = runs.filter((run) => !showsAlone(check, baseline, run));
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
