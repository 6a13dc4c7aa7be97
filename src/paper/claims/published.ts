/** `published`: measured values agree with a published series, in size, order or shape. */
import type { PublishedClaim } from "../language/operators.js";
import { sameValue } from "../language/threshold.js";
import { publishedQuantity } from "../reference/names.js";
import { fits } from "../reference/series.js";
import { conversion, rowValue, type ReferenceRow, type ReferenceTable } from "../reference/table.js";
import type { ParamValue } from "../../results/model.js";
import { formatQuantity } from "../../units.js";
import { exactly, judge, ratioOf, slack, type Estimate, type Limits } from "./estimate.js";
import { at, conclude, concludeScope, notTestable, type Finding, type Outcome } from "./finding.js";
import { cellsOf, type Cell, type PointView } from "./points.js";
import { pearson, resampled } from "./resample.js";
import { measure, type Operand } from "./select.js";
import { scopeOf, type Setting } from "./setting.js";
import { estimateText, limitsText, metricText, numberText, ratioText } from "./text.js";
import { allOf } from "./verdict.js";

export function evaluatePublished(claim: PublishedClaim, setting: Setting): Outcome {
  const table = setting.references.get(claim.series);
  if (table === undefined) return conclude([notTestable(`the published table ${claim.series} is not at hand`)]);
  const rows = rowsOf(table, claim);
  if (typeof rows === "string") return conclude([notTestable(rows)]);
  const { points, lacking } = scopeOf(setting, claim.where);
  const cells = cellsOf(
    points.filter(({ all }) => all.has(claim.along)),
    new Set([claim.along, ...setting.ignore]),
  );
  const findings = cells.map((cell) => at(cell.label, inCell(cell, rows, claim)));
  return concludeScope(findings, lacking, `the run has no point with a ${claim.along}`);
}

/** The published rows in question, or why there are none. */
function rowsOf(table: ReferenceTable, { y, metric, pick = {} }: PublishedClaim): readonly ReferenceRow[] | string {
  const quantity = y ?? publishedQuantity(metric) ?? metric;
  const rows = table.rows.filter(({ yName }) => yName === quantity);
  const picked = rows.filter((row) => fits(row, pick));
  if (picked.length > 0) return picked;
  if (rows.length > 0)
    return `no row of ${table.name} has ${Object.entries(pick)
      .map((pair) => pair.join(" "))
      .join(", ")}`;
  const known = new Set(table.rows.map(({ yName }) => yName));
  return `${table.name} has no ${quantity}; it has ${[...known].join(", ")}`;
}

/** A measured value and the published one for the same parameters. */
interface Match {
  readonly operand: Operand;
  /** In the unit of the metric. */
  readonly published: number;
  readonly x: ParamValue;
}

function inCell({ points }: Cell, rows: readonly ReferenceRow[], claim: PublishedClaim): Finding {
  const matches: Match[] = [];
  const troubles: string[] = [];
  for (const point of points) {
    const match = matchOf(point, rows, claim);
    if (typeof match === "string") troubles.push(match);
    else if (match !== undefined) matches.push(match);
  }
  const used = matches.flatMap(({ operand }) => operand.points);
  const needed = claim.correlation === undefined ? (claim.same_order === undefined ? 1 : 2) : 3;
  const few = `only ${matches.length} of the published values were measured, and ${needed} are needed`;
  if (matches.length < needed) return notTestable(troubles.join(", ") || few, used);
  const finding = compare(matches, claim, used);
  return troubles.length === 0 || finding.verdict === "refuted" ? finding : notTestable(troubles.join(", "), used);
}

/** Undefined if nothing was published for the point. */
function matchOf(
  point: PointView,
  rows: readonly ReferenceRow[],
  { metric, along }: PublishedClaim,
): Match | string | undefined {
  const x = point.all.get(along);
  const fitting = rows.filter((row) => x !== undefined && agrees(row, along, x) && isAbout(row, point));
  const [row] = fitting;
  if (row === undefined || x === undefined) return undefined;
  const operand = measure(point, metric, [along]);
  if (typeof operand === "string") return operand;
  if (fitting.length > 1)
    return `${fitting.length} published rows fit ${operand.label}; pick by ${columnsApart(fitting)}`;
  const factor = conversion(row.unit, operand.unit);
  if (factor === undefined) return `${metric} is in ${operand.unit}, the published values in ${row.unit}`;
  return { operand, published: row.y * factor, x };
}

function agrees(row: ReferenceRow, name: string, value: ParamValue): boolean {
  const published = rowValue(row, name);
  return published !== undefined && sameParam(published, value);
}

/** No parameter that both have differs. */
export function isAbout({ params }: ReferenceRow, { all }: PointView): boolean {
  return Object.entries(params).every(([name, value]) => {
    const own = all.get(name);
    return own === undefined || sameParam(value, own);
  });
}

export function sameParam(a: ParamValue, b: ParamValue): boolean {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b) <= 1e-9 * Math.abs(b);
  return sameValue(a, b);
}

function columnsApart(rows: readonly ReferenceRow[]): string {
  const columns = ["nic", "variant", "condition", "figure", "series", "x"];
  const apart = columns.filter((column) => new Set(rows.map((row) => rowValue(row, column))).size > 1);
  return apart.join(" or ") || "another column";
}

function compare(matches: readonly Match[], claim: PublishedClaim, used: readonly PointView[]): Finding {
  if (claim.within !== undefined) return closeness(matches, claim, claim.within, used);
  if (claim.correlation !== undefined) return correlation(matches, claim, claim.correlation, used);
  return sameOrder(matches, claim, used);
}

function closeness(
  matches: readonly Match[],
  claim: PublishedClaim,
  within: number,
  used: readonly PointView[],
): Finding {
  const base = baseOf(matches, claim.relative_to);
  if (typeof base === "string") return notTestable(base, used);
  const limits: Limits = { atLeast: 1 / (1 + within), atMost: 1 + within };
  const compared = matches
    .filter((match) => match !== base)
    .map((match) => ({ match, ratio: deviation(match, base) }))
    .map(({ match, ratio }) => ({ match, ratio, verdict: judge(ratio, limits), margin: slack(ratio, limits) }));
  const verdict = allOf(compared.map((one) => one.verdict));
  const [worst] = compared.filter((one) => one.verdict === verdict).sort((a, b) => a.margin - b.margin);
  if (worst === undefined) return notTestable("there is nothing to compare but the reference value itself", used);
  const text = `${closenessText(worst.match, worst.ratio, base)}, expected ${limitsText(limits, numberText)}`;
  return { verdict, text, margin: worst.margin, points: used };
}

/** The match that all are divided by; undefined to compare sizes. */
function baseOf(matches: readonly Match[], wanted: string | number | undefined): Match | undefined | string {
  if (wanted === undefined) return undefined;
  const base = matches.find(({ x }) => sameValue(wanted, x));
  return base ?? `nothing was measured or published at ${wanted}, to which the values are relative`;
}

/** Measured over published, each divided by its base. */
function deviation({ operand, published }: Match, base: Match | undefined): Estimate {
  const own = ratioOf(operand.estimate, exactly(published));
  return base === undefined ? own : ratioOf(own, ratioOf(base.operand.estimate, exactly(base.published)));
}

function closenessText({ operand, published }: Match, ratio: Estimate, base: Match | undefined): string {
  const { label, estimate, unit } = operand;
  const values = `${label}: measured ${estimateText(estimate, unit)}, published ${formatQuantity(published, unit)}`;
  const relative = base === undefined ? "" : `, relative to ${base.operand.label}`;
  return `${values}: ratio ${ratioText(ratio)}${relative}`;
}

function sameOrder(matches: readonly Match[], { tolerance }: PublishedClaim, used: readonly PointView[]): Finding {
  const pairs = matches.flatMap((high) =>
    matches
      .filter((low) => high.published > low.published * (1 + tolerance))
      .map((low) => ({ high, low, ratio: ratioOf(high.operand.estimate, low.operand.estimate) })),
  );
  const judged = pairs.map((pair) => ({
    ...pair,
    verdict: judge(pair.ratio, { above: 1 }),
    margin: slack(pair.ratio, { above: 1 }),
  }));
  const verdict = allOf(judged.map((pair) => pair.verdict));
  const [worst] = judged.filter((pair) => pair.verdict === verdict).sort((a, b) => a.margin - b.margin);
  if (worst === undefined) return notTestable("all published values are about equal, so they have no order", used);
  const [a, b] = [worst.high, worst.low].map(
    ({ operand }) => `${operand.label} ${estimateText(operand.estimate, operand.unit)}`,
  );
  const says = { confirmed: ">", refuted: "is not above" }[verdict as string] ?? "may not be above";
  const closest = verdict === "confirmed" ? `order of ${matches.length} values as published; closest: ` : "";
  const published = verdict === "confirmed" ? "" : ", as published";
  return {
    verdict,
    text: `${closest}${a} ${says} ${b}${published} (ratio ${ratioText(worst.ratio)})`,
    margin: worst.margin,
    points: used,
  };
}

/** Of logarithms, as published curves often span orders of magnitude; of the values where one is not positive. */
function correlation(
  matches: readonly Match[],
  claim: PublishedClaim,
  least: number,
  used: readonly PointView[],
): Finding {
  const theirs = matches.map(({ published }) => published);
  const ours = matches.map(({ operand }) => operand.estimate);
  const positive =
    theirs.every((value) => value > 0) && ours.every(({ low, median }) => median > 0 && !(low <= 0 && low > -Infinity));
  const map = positive ? Math.log : (value: number): number => value;
  const r = resampled(ours, (values) => pearson(theirs.map(map), values.map(map)));
  const limits = { atLeast: least };
  return {
    verdict: judge(r, limits),
    text: `${metricText(claim.metric)} and ${claim.series} correlate with ${ratioText(r)} over ${matches.length} values, expected at least ${numberText(least)}`,
    margin: slack(r, limits),
    points: used,
  };
}
