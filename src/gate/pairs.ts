/**
 * Two builds measured side by side: run after run in turns, so that both runs of a pair find the host in much the same
 * state. Whatever drifts from pair to pair then cancels out, which a stored baseline cannot offer.
 *
 * Outcomes and correction are those of `judge.ts`; the test is Wilcoxon's signed rank test over the pairs, of the ratio of
 * their medians against the limit that the rule allows.
 */
import { levelOf, ONLY_LOOK } from "../statistics/alpha_spending.js";
import { mean } from "../statistics/mean.js";
import { median } from "../statistics/median.js";
import { leastPairedProbability, shiftEstimate, signedRankTest } from "../statistics/signed_rank.js";
import { checkOf, decide, overall, untested, whyEmpty, type Judgement, type Tested } from "./judge.js";
import { isSameState } from "./host_state.js";
import { isWanted, pairPoints, type PointPair } from "./points.js";
import { pool, type SampleMetric, type SampleSet } from "./samples.js";
import { openPoints, withSettled } from "./settled.js";
import type { GateRule } from "../suite/model.js";

export interface RunPair {
  readonly baseline: SampleSet;
  readonly candidate: SampleSet;
}

export type RunPairs = readonly [RunPair, ...RunPair[]];

/** @param look the part of the rules' chance of a false alarm that this judgement may use up */
export function judgePairs(pairs: RunPairs, rules: readonly GateRule[], look = ONLY_LOOK): Judgement {
  const { baseline, candidate } = pooled(pairs);
  const { pairs: points, onlyCandidate } = pairPoints(baseline, candidate);
  const strict = rules.map((rule) => ({ ...rule, confidence: 1 - levelOf(look, 1 - rule.confidence) }));
  const tests = strict.flatMap((rule) => {
    const metric = baseline.metrics.find(({ name }) => name === rule.metric);
    if (metric === undefined) return [];
    const wanted = points.filter(
      (point) => isWanted(point.baseline, rule.where) && metric.name in point.baseline.samples,
    );
    return wanted.map((point) => testPoint(rule, metric, point, pairs));
  });
  const decided = decide(tests, whyOpen(pairs.length));
  const checks = decided.map((check) => ({ ...check, rule: rules[strict.indexOf(check.rule)] ?? check.rule }));
  return { outcome: overall(checks.map(({ outcome }) => outcome)), checks, newPoints: onlyCandidate };
}

export interface PairsInput {
  readonly rules: readonly GateRule[];
  /** Runs both builds once. @param points ids of those that are to be measured; left out, all */
  readonly measure: (index: number, points?: ReadonlySet<string>) => Promise<RunPair>;
  /** Measured at most; they are judged after each of {@link LOOKS} parts. */
  readonly pairs: number;
  /** No part is begun that would not end within this time if it takes as long as the last one. */
  readonly budgetSeconds: number;
  /** Seconds on any clock that only goes forward. */
  readonly now: () => number;
}

export interface Paired {
  readonly judgement: Judgement;
  readonly pairs: RunPairs;
}

/** More looks end a little earlier, and leave less for the last one. */
const LOOKS = 4;

/**
 * Ends as soon as the pairs decide, and goes on with the points that have not passed; undecided, when all are measured, the
 * budget does not last, or a run was stopped. Which look is the last one is known before it, so that it may use up all that is left.
 */
export async function gateInPairs({ rules, measure, pairs, budgetSeconds, now }: PairsInput): Promise<Paired> {
  const start = now();
  const measured: RunPair[] = [];
  let last: Judgement | undefined;
  for (let from = 0; ;) {
    const [before, target] = [now(), nextLook(measured.length, pairs)];
    const open = last && openPoints(last);
    while (measured.length < target && !isStopped(measured)) measured.push(await measure(measured.length, open));
    const inTime = 2 * now() - before - start <= budgetSeconds;
    const isLast = target === pairs || !inTime || isStopped(measured);
    const to = isLast ? 1 : target / pairs;
    const all = measured as unknown as RunPairs; // one at least
    const judgement = withSettled(last, judgePairs(all, rules, { from, to }));
    if (judgement.outcome !== "inconclusive" || isLast) return { judgement, pairs: all };
    last = judgement;
    from = to;
  }
}

function nextLook(measured: number, pairs: number): number {
  return Math.min(pairs, measured + Math.ceil(pairs / LOOKS));
}

function isStopped(pairs: readonly RunPair[]): boolean {
  return pairs.some(({ baseline, candidate }) =>
    [baseline, candidate].some(({ outcome }) => outcome === "interrupted"),
  );
}

/** All runs of each side together. */
export function pooled([first, ...others]: RunPairs): RunPair {
  return {
    baseline: pool([first.baseline, ...others.map(({ baseline }) => baseline)]),
    candidate: pool([first.candidate, ...others.map(({ candidate }) => candidate)]),
  };
}

function testPoint(rule: GateRule, metric: SampleMetric, { baseline, candidate }: PointPair, pairs: RunPairs): Tested {
  const check = checkOf(rule, metric, { baseline, candidate });
  if (candidate.status === "failed") return { ...check, outcome: "broken", reason: candidate.reason };
  const changes = pairs.flatMap((pair) => changeOf(pair, baseline.id, metric));
  if (changes.length === 0) return untested(check, whyEmpty(candidate));
  const lower = metric.better === "lower";
  const limit = Math.log(lower ? 1 + rule.worseBy : 1 - rule.worseBy);
  const { less, greater } = signedRankTest(changes.map((change) => change - limit));
  const better = changes.map((change): number => (change === 0 ? 0.5 : change > 0 === !lower ? 1 : 0));
  return {
    ...check,
    ratio: ratioOf(changes, rule.confidence),
    superiority: mean(better),
    worse: lower ? greater : less,
    notWorse: lower ? less : greater,
  };
}

/** Logarithm of the factor between the medians of a pair; none if a side has no sample, or they are of two states. */
function changeOf(pair: RunPair, id: string, { name }: SampleMetric): readonly number[] {
  const found = pairPoints(pair.baseline, pair.candidate).pairs.find(({ baseline }) => baseline.id === id);
  const [before = [], after = []] = [found?.baseline.samples[name], found?.candidate.samples[name]];
  const comparable = isSameState(pair.baseline.state, pair.candidate.state);
  if (before.length === 0 || after.length === 0 || !comparable) return [];
  const [from, to] = [median(before), median(after)];
  return [from === to ? 0 : Math.log(to) - Math.log(from)];
}

/** Undefined where a value was 0: there is no factor from nothing to something. */
function ratioOf(changes: readonly number[], confidence: number): Tested["ratio"] {
  if (changes.some((change) => !Number.isFinite(change))) return undefined;
  const { shift, low, high, ...rest } = shiftEstimate(changes, confidence);
  return { ratio: Math.exp(shift), low: Math.exp(low), high: Math.exp(high), ...rest };
}

function whyOpen(pairs: number) {
  return ({ rule: { confidence } }: Tested, comparisons: number): string => {
    const least = Math.ceil(Math.log2(comparisons / (1 - confidence)));
    if (leastPairedProbability(pairs) * comparisons <= 1 - confidence) return "The noise of the pairs leaves it open.";
    return `Too few pairs: ${pairs}; ${comparisons} comparisons at once need ${least} to find anything.`;
  };
}
