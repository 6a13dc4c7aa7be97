/** `ratio`: one metric at two selections, at equal other parameters. */
import type { RatioClaim } from "../language/operators.js";
import type { BoundsOf } from "../language/values.js";
import { judge, ratioOf, slack, type Limits } from "./estimate.js";
import { at, concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { cellsOf, type PointView } from "./points.js";
import { hasChoice, matching, pick, type Operand, type Picked } from "./select.js";
import { scopeOf, type Setting } from "./setting.js";
import { limitsText, numberText, quantityTexts, ratioText } from "./text.js";

export function evaluateRatio(claim: RatioClaim, setting: Setting): Outcome {
  const { points, lacking } = scopeOf(setting, claim.where);
  const names = [...new Set([...Object.keys(claim.of), ...Object.keys(claim.to)])];
  const relevant = new Set([...matching(points, claim.of), ...matching(points, claim.to)]);
  const cells = cellsOf(
    points.filter((point) => relevant.has(point)),
    new Set([...names, ...setting.ignore]),
  );
  const findings = cells.flatMap((cell) =>
    inCell(cell.points, names, claim, points).map((finding) => at(cell.label, finding)),
  );
  const nothing = `the run has no point to compare by ${names.join(", ")}`;
  return concludeScope(
    findings,
    lacking.length > 0 || cells.length > 0 ? lacking : inCell([], names, claim, points),
    nothing,
  );
}

/** `between` is both limits. */
export function limitsOf({ at_least, at_most, above, below, between }: BoundsOf<number>): Limits {
  const [low, high] = between ?? [at_least, at_most];
  return {
    ...(low === undefined ? {} : { atLeast: low }),
    ...(high === undefined ? {} : { atMost: high }),
    ...(above === undefined ? {} : { above }),
    ...(below === undefined ? {} : { below }),
  };
}

function inCell(
  points: readonly PointView[],
  names: readonly string[],
  claim: RatioClaim,
  known: readonly PointView[],
): readonly Finding[] {
  const of = pick(points, claim.of, claim.metric, names, known);
  const to = pick(othersThan(of, points, claim), claim.to, claim.metric, names, known);
  const missing = [...new Set([...of.missing, ...to.missing])];
  const limits = limitsOf(claim);
  const pairs = of.operands.flatMap((left) => to.operands.map((right) => compare(left, right, limits)));
  return missing.length === 0 ? pairs : [...pairs, notTestable(missing.join(", "))];
}

/** Against "the best of them" a side is not compared with itself, unless it is such a choice too. */
function othersThan(
  of: Picked,
  points: readonly PointView[],
  { of: left, to: right }: RatioClaim,
): readonly PointView[] {
  if (hasChoice(left) || !hasChoice(right)) return points;
  const own = new Set(of.operands.flatMap((operand) => operand.points));
  return points.filter((point) => !own.has(point));
}

function compare(left: Operand, right: Operand, limits: Limits): Finding {
  const ratio = ratioOf(left.estimate, right.estimate);
  const [a, b] = quantityTexts([left.estimate.median, right.estimate.median], left.unit);
  const measured = `${left.label} ${a} / ${right.label} ${b}: ratio ${ratioText(ratio)}`;
  return {
    verdict: judge(ratio, limits),
    text: `${measured}, expected ${limitsText(limits, numberText)}`,
    margin: slack(ratio, limits),
    points: [...left.points, ...right.points],
  };
}
