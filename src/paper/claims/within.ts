/** `within`: a metric in a range, at every point of the selection. */
import type { WithinClaim } from "../language/operators.js";
import { threshold } from "../language/threshold.js";
import type { BoundsOf, Quantity } from "../language/values.js";
import type { Unit } from "../../results/model.js";
import { formatQuantity } from "../../units.js";
import { judge, slack, type Limits } from "./estimate.js";
import { concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { varyingNames, type PointView } from "./points.js";
import { limitsOf } from "./ratio.js";
import { measure } from "./select.js";
import { scopeOf, type Setting } from "./setting.js";
import { estimateText, limitsText, metricText } from "./text.js";

export function evaluateWithin(claim: WithinClaim, setting: Setting): Outcome {
  const { points, lacking } = scopeOf(setting, claim.where);
  const names = varyingNames(points);
  return concludeScope(
    points.map((point) => atPoint(point, names, claim)),
    lacking,
    "the run has no such point",
  );
}

/** Limits as written, as numbers in `unit`; undefined if one of them is in another unit. */
export function limitsIn(bounds: BoundsOf<Quantity>, unit: Unit): Limits | undefined {
  const { between, ...single } = bounds;
  const read = (written: Quantity | undefined): number | undefined =>
    written === undefined ? undefined : (threshold(written, unit) ?? Number.NaN);
  const [low, high] = [read(between?.[0] ?? single.at_least), read(between?.[1] ?? single.at_most)];
  const limits = limitsOf({ at_least: low, at_most: high, above: read(single.above), below: read(single.below) });
  return Object.values(limits).some(Number.isNaN) ? undefined : limits;
}

function atPoint(point: PointView, names: readonly string[], claim: WithinClaim): Finding {
  const operand = measure(point, claim.metric, names);
  if (typeof operand === "string") return notTestable(operand, [point]);
  const { estimate, unit, label } = operand;
  const limits = limitsIn(claim, unit);
  if (limits === undefined) return notTestable(`a limit does not fit ${claim.metric}, which is in ${unit}`, [point]);
  const expected = limitsText(limits, (value) => formatQuantity(value, unit));
  const prefix = names.length === 0 ? "" : `at ${label}: `;
  return {
    verdict: judge(estimate, limits),
    text: `${prefix}${metricText(claim.metric)} ${estimateText(estimate, unit)}, expected ${expected}`,
    margin: slack(estimate, limits),
    points: [point],
  };
}
