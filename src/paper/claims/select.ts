/** From a selection as written to measured values. */
import type { ParamValue, Unit } from "../../results/model.js";
import { numberOf, sameValue } from "../language/threshold.js";
import type { Scalar, Selection, Wanted } from "../language/values.js";
import { nearest } from "../../yaml/nearest.js";
import { estimateOf, greatest, least, type Estimate } from "./estimate.js";
import type { PointView } from "./points.js";
import { paramText, pointText } from "./text.js";

/** One measured value. */
export interface Operand {
  /** Short name among the others, such as `robin-map` or `rules 57k`. */
  readonly label: string;
  readonly estimate: Estimate;
  readonly unit: Unit;
  readonly points: readonly PointView[];
}

export interface Picked {
  readonly operands: readonly Operand[];
  /** Why some values are not there, in one phrase each. */
  readonly missing: readonly string[];
}

/** Points that the conditions of all these selections allow; what the metric or an extreme decides is left for later. */
export function matching(
  points: readonly PointView[],
  ...selections: readonly (Selection | undefined)[]
): readonly PointView[] {
  const conditions = selections.flatMap((selection) => Object.entries(selection ?? {}));
  return points.filter((point) => conditions.every(([name, wanted]) => allows(wanted, point.all.get(name))));
}

/**
 * The metric at the points of one cell that fit `selection`: one value, or one for each value of a list.
 *
 * @param names parameters that tell the operands apart; they make up the labels
 * @param known points whose values a misspelt one is compared with
 */
export function pick(
  points: readonly PointView[],
  selection: Selection,
  metric: string,
  names: readonly string[],
  known = points,
): Picked {
  const fitting = narrow(matching(points, selection), selection);
  const lacking = absentIn(selection, known, fitting);
  if (fitting.length === 0) return { operands: [], missing: lacking.length > 0 ? lacking : [noPoint(selection)] };
  const measured = fitting.map((point) => measure(point, metric, names));
  const operands = measured.filter((value) => typeof value !== "string");
  const missing = measured.filter((value) => typeof value === "string");
  const choice = Object.entries(selection).find(([, wanted]) => isChoice(wanted));
  if (choice === undefined) return { operands, missing: [...lacking, ...missing] };
  return chosen(operands, [...lacking, ...missing], choice[1]);
}

/** The operand of one point, or why there is none. */
export function measure(point: PointView, metric: string, names: readonly string[]): Operand | string {
  const label = pointText(point, names);
  const summary = Object.hasOwn(point.metrics, metric) ? point.metrics[metric] : undefined;
  const estimate = summary && estimateOf(summary);
  const usable = point.status === "ok" || point.status === "suspect";
  if (usable && summary !== undefined && estimate !== undefined) {
    return { label, estimate, unit: summary.unit, points: [point] };
  }
  return usable ? `${label} has no ${metric}` : `${label} ${stateOf(point)}`;
}

/** Why one value is wanted and two are there. */
export function ambiguous(one: Operand, other: Operand): string {
  if (one.label !== other.label) return `both ${one.label} and ${other.label} fit; name one of them`;
  return `more than one point fits ${one.label}; choose one with where`;
}

/** Whether the metric chooses among values: { highest } or { lowest }. */
export function hasChoice(selection: Selection): boolean {
  return Object.values(selection).some(isChoice);
}

/** Numbers of a parameter among points, ascending. */
export function numbersOf(points: readonly PointView[], name: string): readonly number[] {
  const numbers = points.map(({ all }) => all.get(name)).filter((value) => typeof value === "number");
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function stateOf({ status, reason }: PointView): string {
  if (status === "pending") return "was not measured to the end";
  const state = status === "failed" ? status : `was ${status}`;
  return reason === undefined ? state : `${state}: ${reason}`;
}

type Choice = { readonly highest: "any" | readonly Scalar[] } | { readonly lowest: "any" | readonly Scalar[] };

function isChoice(wanted: Wanted): wanted is Extract<Wanted, Choice> {
  return typeof wanted === "object" && !Array.isArray(wanted) && ("highest" in wanted || "lowest" in wanted);
}

function candidatesOf(choice: Choice): "any" | readonly Scalar[] {
  return "highest" in choice ? choice.highest : choice.lowest;
}

/** The best operand; with `any` what was not measured does not count. */
function chosen(operands: readonly Operand[], missing: readonly string[], wanted: Wanted): Picked {
  if (!isChoice(wanted)) return { operands, missing };
  const [first] = operands;
  if (first === undefined || (candidatesOf(wanted) !== "any" && missing.length > 0)) return { operands: [], missing };
  const high = "highest" in wanted;
  const estimate = (high ? greatest : least)(operands.map((operand) => operand.estimate));
  const best = operands.find((operand) => operand.estimate.median === estimate.median) ?? first;
  return { operands: [{ ...best, estimate, points: operands.flatMap(({ points }) => points) }], missing: [] };
}

function allows(wanted: Wanted, value: ParamValue | undefined): boolean {
  if (isChoice(wanted)) {
    const candidates = candidatesOf(wanted);
    return value !== undefined && (candidates === "any" || candidates.some((one) => sameValue(one, value)));
  }
  if (typeof wanted !== "object") return value !== undefined && (isExtreme(wanted, value) || sameValue(wanted, value));
  if (Array.isArray(wanted)) return value !== undefined && wanted.some((one) => sameValue(one, value));
  if ("not" in wanted) {
    const refused = Array.isArray(wanted.not) ? wanted.not : [wanted.not];
    return value === undefined || !refused.some((one) => sameValue(one, value));
  }
  return inRange(wanted, value);
}

function inRange(
  { from, to }: { readonly from?: Scalar | undefined; readonly to?: Scalar | undefined },
  value: ParamValue | undefined,
): boolean {
  if (typeof value !== "number") return false;
  const [low, high] = [from, to].map((end) => (end === undefined ? undefined : (numberOf(end) ?? Number.NaN)));
  return (low === undefined || value >= low) && (high === undefined || value <= high);
}

/** `smallest` and `largest` are words for numbers; a parameter whose value is such a word keeps it. */
function isExtreme(wanted: Scalar, value: ParamValue): boolean {
  return (wanted === "smallest" || wanted === "largest") && typeof value === "number";
}

/** Applies `smallest` and `largest`, key by key, to points that {@link matching} allowed. */
export function narrow(points: readonly PointView[], selection: Selection): readonly PointView[] {
  return Object.entries(selection).reduce((kept, [name, wanted]) => {
    if (wanted !== "smallest" && wanted !== "largest") return kept;
    const numbers = numbersOf(kept, name);
    const end = wanted === "smallest" ? numbers[0] : numbers.at(-1);
    return kept.filter(({ all }) => all.get(name) === end || all.get(name) === wanted);
  }, points);
}

/** Values that the selection names and no fitting point has: a typing error, or not part of this run. */
export function absentIn(
  selection: Selection,
  known: readonly PointView[],
  fitting: readonly PointView[],
): readonly string[] {
  return Object.entries(selection).flatMap(([name, wanted]) =>
    listed(wanted)
      .filter((one) => !fitting.some(({ all }) => has(all.get(name), one)))
      .map((one) => absence(name, one, known)),
  );
}

function listed(wanted: Wanted): readonly Scalar[] {
  if (isChoice(wanted)) {
    const candidates = candidatesOf(wanted);
    return candidates === "any" ? [] : candidates;
  }
  if (Array.isArray(wanted)) return wanted;
  return typeof wanted === "object" ? [] : [wanted];
}

function has(value: ParamValue | undefined, one: Scalar): boolean {
  return value !== undefined && (isExtreme(one, value) || sameValue(one, value));
}

/** `the run has no point with table cukoo (nearest: cuckoo)`. */
function absence(name: string, value: Scalar, points: readonly PointView[]): string {
  const known = new Set(points.flatMap(({ all }) => all.get(name) ?? []).map((one) => paramText(one)));
  const guess = typeof value === "string" && numberOf(value) === undefined ? nearest(value, known) : undefined;
  const hint = guess === undefined || guess === paramText(value) ? "" : ` (nearest: ${guess})`;
  return `the run has no such point with ${name} ${paramText(value)}${hint}`;
}

function noPoint(selection: Selection): string {
  const names = Object.keys(selection);
  return names.length === 0 ? "the run has no such point" : `the run has no point with the wanted ${names.join(", ")}`;
}
