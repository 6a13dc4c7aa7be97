/** `linear`: a metric is a straight line along a parameter. */
import type { LinearClaim } from "../language/operators.js";
import { judge, slack } from "./estimate.js";
import { at, concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { spanText } from "./monotone.js";
import { line, resampled } from "./resample.js";
import { scopeOf, type Setting } from "./setting.js";
import { numberText, ratioText } from "./text.js";
import { allOf, type Verdict } from "./verdict.js";
import { obstacle, subjectText, valueTexts, walksOf, type Walk } from "./walk.js";

/** Two points are always on a line. */
const FEWEST = 3;

export function evaluateLinear(claim: LinearClaim, setting: Setting): Outcome {
  const { points, lacking } = scopeOf(setting, claim.where);
  const walks = walksOf(points, claim, setting.ignore);
  const findings = walks.map((walk) => at(walk.cell.label, alongWalk(walk, claim)));
  return concludeScope(findings, lacking, `the run has no point with a number as ${claim.along}`);
}

function alongWalk(walk: Walk, claim: LinearClaim): Finding {
  const trouble = obstacle(walk, claim.along, FEWEST);
  if (trouble !== undefined) return notTestable(trouble, walk.points);
  const xs = walk.steps.map(({ x }) => x);
  const ys = walk.steps.map(({ estimate }) => estimate);
  const r2 = resampled(ys, (values) => line(xs, values).r2);
  const limits = { atLeast: claim.r2 };
  const verdict = allOf([judge(r2, limits), slopeVerdict(walk, claim)]);
  return { verdict, text: textOf(walk, claim, ratioText(r2)), margin: slack(r2, limits), points: walk.points };
}

function slopeVerdict({ steps }: Walk, { is }: LinearClaim): Verdict {
  if (is === undefined) return "confirmed";
  const xs = steps.map(({ x }) => x);
  const ys = steps.map(({ estimate }) => estimate);
  const slope = resampled(ys, (values) => line(xs, values).slope);
  return judge(slope, is === "rising" ? { above: 0 } : { below: 0 });
}

function textOf(walk: Walk, claim: LinearClaim, r2: string): string {
  const ends = [walk.steps[0], walk.steps.at(-1)].flatMap((step) => step?.estimate ?? []);
  const [a, b] = valueTexts(walk, ends);
  const span = `${subjectText(claim)} from ${a} to ${b} over ${spanText(walk.steps, claim.along)}`;
  const direction = claim.is === undefined ? "" : ` ${claim.is}`;
  return `${span}: R² ${r2}, expected a${direction} line with at least ${numberText(claim.r2)}`;
}
