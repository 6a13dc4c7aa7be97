/** `monotone`: a metric rises, falls or stays flat along a parameter. */
import type { MonotoneClaim } from "../language/operators.js";
import { decide, greatest, judge, least, ratioOf, slack, type Estimate } from "./estimate.js";
import { at, concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { scopeOf, type Setting } from "./setting.js";
import { numberText, paramLabel, paramText, ratioText } from "./text.js";
import { allOf, type Verdict } from "./verdict.js";
import { obstacle, subjectText, valueTexts, walksOf, type Step, type Walk } from "./walk.js";

export function evaluateMonotone(claim: MonotoneClaim, setting: Setting): Outcome {
  const { points, lacking } = scopeOf(setting, claim.where);
  const walks = walksOf(points, claim, setting.ignore);
  const findings = walks.map((walk) => at(walk.cell.label, alongWalk(walk, claim)));
  return concludeScope(findings, lacking, `the run has no point with a number as ${claim.along}`);
}

/** A walk with gaps can be refuted by what was measured, but not confirmed. */
function alongWalk(walk: Walk, claim: MonotoneClaim): Finding {
  const trouble = obstacle(walk, claim.along);
  if (walk.steps.length < 2) return notTestable(trouble ?? "", walk.points);
  const finding = claim.is === "flat" ? flat(walk, claim) : trend(walk, claim);
  if (trouble === undefined || finding.verdict === "refuted") return finding;
  return notTestable(trouble, walk.points);
}

function flat(walk: Walk, claim: MonotoneClaim): Finding {
  const estimates = walk.steps.map(({ estimate }) => estimate);
  const spread = ratioOf(greatest(estimates), least(estimates));
  const atLeastOne = { ...spread, low: Math.max(1, spread.low), high: Math.max(1, spread.high) };
  const limits = { atMost: 1 + claim.tolerance };
  const spreadText = `highest / lowest ${ratioText(Number.isFinite(spread.low) ? atLeastOne : spread)}`;
  return {
    verdict: judge(spread, limits),
    text: `${rangeText(walk, claim)}: ${spreadText}, expected at most ${numberText(limits.atMost)}`,
    margin: slack(spread, limits),
    points: walk.points,
  };
}

function rangeText(walk: Walk, claim: MonotoneClaim): string {
  const estimates = walk.steps.map(({ estimate }) => estimate);
  const [low, high] = valueTexts(walk, [least(estimates), greatest(estimates)]);
  return `${subjectText(claim)} lies between ${low} and ${high} over ${spanText(walk.steps, claim.along)}`;
}

/** A falling walk is a rising one, read from its end. */
function trend(walk: Walk, claim: MonotoneClaim): Finding {
  const rises = claim.is === "rising" || claim.is === "not-falling";
  const steps = rises ? walk.steps : walk.steps.toReversed();
  const setbacks = setbacksOf(steps, claim.tolerance);
  const verdicts = setbacks.map((setback) => setback.verdict);
  const whole = claim.is === "rising" || claim.is === "falling" ? overall(steps) : "confirmed";
  const verdict = allOf([...verdicts, whole]);
  const worst = setbacks.toSorted((a, b) => a.ratio - b.ratio)[0];
  const stepwise = worst !== undefined && allOf(verdicts) === verdict && verdict !== "confirmed";
  const text = stepwise ? setbackText(walk, worst, claim, rises) : spanningText(walk, claim);
  return { verdict, text, margin: worst === undefined ? 0 : Math.log(worst.ratio), points: walk.points };
}

interface Setback {
  readonly from: Step;
  readonly to: Step;
  /** Value at `to` divided by the one at `from`, by medians. */
  readonly ratio: number;
  readonly verdict: Verdict;
}

/** Each step against the highest one before it: is it lower by more than the tolerance? */
function setbacksOf(steps: readonly Step[], tolerance: number): readonly Setback[] {
  const setbacks: Setback[] = [];
  const [first, ...rest] = steps;
  if (first === undefined) return setbacks;
  let peak = first;
  let before: Estimate = first.estimate;
  for (const step of rest) {
    const { low, high, median } = step.estimate;
    const verdict = decide(low >= (1 - tolerance) * before.high, high < (1 - tolerance) * before.low);
    const ratio = peak.estimate.median === median ? 1 : median / peak.estimate.median;
    setbacks.push({ from: peak, to: step, ratio, verdict });
    if (median > peak.estimate.median) peak = step;
    before = greatest([before, step.estimate]);
  }
  return setbacks;
}

function overall(steps: readonly Step[]): Verdict {
  const [first, last] = [steps[0], steps.at(-1)];
  return first === undefined || last === undefined
    ? "inconclusive"
    : decide(last.estimate.low > first.estimate.high, last.estimate.high <= first.estimate.low);
}

function setbackText(walk: Walk, { from, to, verdict }: Setback, claim: MonotoneClaim, rises: boolean): string {
  const [early, late] = rises ? [from, to] : [to, from];
  const [a, b] = valueTexts(walk, [early.estimate, late.estimate]);
  const verb = `${verdict === "refuted" ? "" : "may "}${rises ? "fall" : "rise"}${verdict === "refuted" ? "s" : ""}`;
  const name = claim.along;
  const place = `from ${a} to ${b} between ${paramLabel(name, early.x)} and ${paramText(late.x)}`;
  return `${subjectText(claim)} ${verb} ${place}, by more than the tolerance of ${numberText(100 * claim.tolerance)}%`;
}

function spanningText(walk: Walk, claim: MonotoneClaim): string {
  const [first, last] = [walk.steps[0], walk.steps.at(-1)];
  if (first === undefined || last === undefined) return "nothing was measured";
  const [a, b] = valueTexts(walk, [first.estimate, last.estimate]);
  const change = ratioOf(last.estimate, first.estimate);
  const ends = `${subjectText(claim)} goes from ${a} to ${b} over ${spanText(walk.steps, claim.along)}`;
  return `${ends} (last / first ${ratioText(change)})`;
}

/** `rules 1k to 64Ki, 14 values` */
export function spanText(steps: readonly Step[], along: string): string {
  const [first, last] = [steps[0]?.x ?? 0, steps.at(-1)?.x ?? 0];
  return `${paramLabel(along, first)} to ${paramText(last)}, ${steps.length} values`;
}
