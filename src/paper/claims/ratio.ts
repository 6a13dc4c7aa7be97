/** `ratio`: one metric at two selections, at equal other parameters. */
import type { RatioClaim } from "../language/operators.js";
import type { BoundsOf } from "../language/values.js";
import { judge, ratioOf, slack, type Limits } from "./estimate.js";
import { at, conclude, notTestable, type Finding, type Outcome } from "./finding.js";
import { cellsOf, type PointView } from "./points.js";
import { matching, pick, type Operand } from "./select.js";
import { scopeOf, type Setting } from "./setting.js";
import { limitsText, numberText, quantityTexts, ratioText } from "./text.js";

export function evaluateRatio(claim: RatioClaim, setting: Setting): Outcome {
  const { points, lacking } = scopeOf(setting, claim.where);
  const names = [...new Set([...Object.keys(claim.of), ...Object.keys(claim.to)])];
  const relevant = new Set([...matching(points, claim.of), ...matching(points, claim.to)]);
  const cells = cellsOf(points.filter((point) => relevant.has(point)), new Set(names));
  const findings = cells.flatMap((cell) => inCell(cell.points, names, claim).map((finding) => at(cell.label, finding)));
  return conclude([...(cells.length > 0 ? findings : inCell(points, names, claim)), ...lacking]);
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

function inCell(points: readonly PointView[], names: readonly string[], claim: RatioClaim): readonly Finding[] {
  const of = pick(points, claim.of, claim.metric, names);
  const to = pick(points, claim.to, claim.metric, names);
  const missing = [...new Set([...of.missing, ...to.missing])];
  const limits = limitsOf(claim);
  const pairs = of.operands.flatMap((left) => to.operands.map((right) => compare(left, right, limits)));
  return missing.length === 0 ? pairs : [...pairs, notTestable(missing.join(", "))];
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
