/** `order`: a metric across the values of a parameter. */
import { parseOrder, type Order, type Relation } from "../language/order_text.js";
import type { OrderClaim } from "../language/operators.js";
import { sameValue } from "../language/threshold.js";
import { judge, ratioOf, slack, type Estimate, type Limits } from "./estimate.js";
import { at, concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { cellsOf, type PointView } from "./points.js";
import { ambiguous, pick, type Operand } from "./select.js";
import { scopeOf, type Setting } from "./setting.js";
import { estimateText, quantityTexts, ratioText } from "./text.js";
import { allOf, type Verdict } from "./verdict.js";

export function evaluateOrder(claim: OrderClaim, setting: Setting): Outcome {
  const order = parseOrder(claim.is);
  if ("problem" in order) throw new TypeError(`an order that no schema has seen: ${claim.is}`);
  const { points, lacking } = scopeOf(setting, claim.where);
  const cells = cellsOf(
    points.filter(isOneOf(order.groups.flat(), claim.across)),
    new Set([claim.across, ...setting.ignore]),
  );
  const findings = cells.map((cell) => at(cell.label, inCell(cell.points, order, claim, points)));
  return concludeScope(findings, lacking, `the run has no point with a ${claim.across} of '${claim.is}'`);
}

function isOneOf(values: readonly string[], name: string): (point: PointView) => boolean {
  return ({ all }) => {
    const own = all.get(name);
    return own !== undefined && values.some((value) => sameValue(value, own));
  };
}

type Found = ReadonlyMap<string, Operand>;

interface Pair {
  readonly left: Operand;
  readonly right: Operand;
  readonly relation: Relation | "~";
  readonly verdict: Verdict;
  readonly ratio: Estimate;
  readonly margin: number;
}

function inCell(points: readonly PointView[], order: Order, claim: OrderClaim, known: readonly PointView[]): Finding {
  const found = new Map<string, Operand>();
  const missing: string[] = [];
  for (const value of order.groups.flat()) {
    const picked = pick(points, { [claim.across]: value }, claim.metric, [claim.across], known);
    const [operand, second] = picked.operands;
    if (operand === undefined) missing.push(...picked.missing);
    else if (second !== undefined) missing.push(ambiguous(operand, second));
    else found.set(value, operand);
  }
  const pairs = pairsOf(order, found, claim.tolerance);
  const verdict = allOf([...pairs.map((pair) => pair.verdict), ...missing.map(() => "not testable here" as const)]);
  const used = [...found.values()].flatMap((operand) => operand.points);
  if (verdict === "not testable here") return notTestable([...new Set(missing)].join(", "), used);
  const [decisive] = pairs.filter((pair) => pair.verdict === verdict).sort((a, b) => a.margin - b.margin);
  if (decisive === undefined) return notTestable("there is nothing to compare", used);
  const text = verdict === "confirmed" ? chainText(order, found, decisive) : pairText(decisive);
  return { verdict, text, margin: decisive.margin, points: used };
}

/** Pairs of neighbouring groups, and within a group of equals. */
function pairsOf({ groups, relations }: Order, found: Found, tolerance: number): readonly Pair[] {
  const operands = groups.map((group) => group.flatMap((value) => found.get(value) ?? []));
  return operands.flatMap((group, index) => {
    const relation = relations[index];
    const next = operands[index + 1] ?? [];
    const across =
      relation === undefined
        ? []
        : group.flatMap((left) => next.map((right) => compare(left, right, relation, tolerance)));
    const among = group.flatMap((left, i) => group.slice(i + 1).map((right) => compare(left, right, "~", tolerance)));
    return [...among, ...across];
  });
}

function compare(left: Operand, right: Operand, relation: Relation | "~", tolerance: number): Pair {
  const ascending = relation.startsWith("<");
  const ratio = ascending ? ratioOf(right.estimate, left.estimate) : ratioOf(left.estimate, right.estimate);
  const limits = limitsOf(relation, tolerance);
  return { left, right, relation, ratio, verdict: judge(ratio, limits), margin: slack(ratio, limits) };
}

/** For the ratio of the value that should be greater to the other. */
function limitsOf(relation: Relation | "~", tolerance: number): Limits {
  if (relation === "~") return { atLeast: 1 / (1 + tolerance), atMost: 1 + tolerance };
  return relation.endsWith("=") ? { atLeast: 1 - tolerance } : { above: 1 };
}

/** `cuckoo++ 48.2 > robin-map 46.1 Mpps (ratio 1.05 [1.03, 1.07])` */
function chainText({ groups, relations }: Order, found: Found, closest: Pair): string {
  const operands = groups.flat().flatMap((value) => found.get(value) ?? []);
  const unit = closest.left.unit;
  const texts = quantityTexts(
    operands.map(({ estimate }) => estimate.median),
    unit,
  );
  let index = 0;
  const chain = groups.map((group) =>
    group.map(() => `${operands[index]?.label ?? ""} ${texts[index++] ?? ""}`).join(" ~ "),
  );
  const joined = chain.reduce(
    (text, group, i) => (i === 0 ? group : `${text} ${relations[i - 1] ?? ">"} ${group}`),
    "",
  );
  const which = operands.length === 2 ? "ratio" : `closest: ${greaterFirst(closest)}`;
  return `${joined} (${which} ${ratioText(closest.ratio)})`;
}

function greaterFirst({ left, right, relation }: Pair): string {
  return relation.startsWith("<") ? `${right.label} / ${left.label}` : `${left.label} / ${right.label}`;
}

const FAILED: Readonly<Record<Relation | "~", string>> = {
  ">": "is not above",
  "<": "is not below",
  ">=": "is below",
  "<=": "is above",
  "~": "is not about equal to",
};

const OPEN: Readonly<Record<Relation | "~", string>> = {
  ">": "may not be above",
  "<": "may not be below",
  ">=": "may be below",
  "<=": "may be above",
  "~": "may not be about equal to",
};

function pairText(pair: Pair): string {
  const { left, right, relation, ratio, verdict } = pair;
  const says = (verdict === "refuted" ? FAILED : OPEN)[relation];
  const [a, b] = [left, right].map(({ label, estimate, unit }) => `${label} ${estimateText(estimate, unit)}`);
  return `${a} ${says} ${b} (${greaterFirst(pair)} ${ratioText(ratio)})`;
}
