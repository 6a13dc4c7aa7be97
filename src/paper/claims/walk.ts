/** A metric, or the ratio of it at two selections, along the numbers of a parameter. */
import type { Unit } from "../../results/model.js";
import type { Selection } from "../language/values.js";
import { ratioOf, type Estimate } from "./estimate.js";
import { groupBy } from "../../group_by.js";
import { cellsOf, type Cell, type PointView } from "./points.js";
import { ambiguous, matching, numbersOf, pick } from "./select.js";
import { metricText, numberText, quantityTexts } from "./text.js";

export interface Step {
  readonly x: number;
  readonly estimate: Estimate;
}

export interface Gap {
  readonly x: number;
  readonly reason: string;
}

export interface Walk {
  readonly cell: Cell;
  /** Measured values, by ascending x. */
  readonly steps: readonly Step[];
  /** Values of the parameter that the plan has and the run did not measure. */
  readonly gaps: readonly Gap[];
  /** Undefined for ratios, and where nothing was measured. */
  readonly unit: Unit | undefined;
  readonly points: readonly PointView[];
}

export interface WalkRequest {
  readonly metric: string;
  readonly along: string;
  readonly of?: Selection | undefined;
  readonly to?: Selection | undefined;
}

/**
 * One walk for each combination of the parameters that the request leaves open.
 *
 * @param alsoBound parameters that something else of the claim decides
 */
export function walksOf(
  points: readonly PointView[],
  request: WalkRequest,
  alsoBound: readonly string[] = [],
): readonly Walk[] {
  const { along, of = {}, to } = request;
  const relevant = new Set([...matching(points, of), ...(to === undefined ? [] : matching(points, to))]);
  const bound = new Set([along, ...Object.keys(of), ...Object.keys(to ?? {}), ...alsoBound]);
  const numeric = points.filter((point) => relevant.has(point) && typeof point.all.get(along) === "number");
  return cellsOf(numeric, bound).map((cell) => walkCell(cell, request));
}

/** Walks that have the cell's values in all parameters that both know. */
export function walksBeside(walks: readonly Walk[], { open }: Cell): readonly Walk[] {
  return walks.filter(({ cell }) =>
    [...cell.open].every(([name, value]) => !open.has(name) || open.get(name) === value),
  );
}

/** `99.6 to 0.627 Gbps`, or plain numbers for ratios. */
export function valueTexts({ unit }: Walk, values: readonly Estimate[]): readonly string[] {
  const medians = values.map(({ median }) => median);
  return unit === undefined ? medians.map(numberText) : quantityTexts(medians, unit);
}

/** `link rate`, or `ratio of link rate`. */
export function subjectText({ metric, to }: WalkRequest): string {
  return to === undefined ? metricText(metric) : `ratio of ${metricText(metric)}`;
}

/** Why a walk cannot be judged in full: its gaps, or too few values. */
export function obstacle({ steps, gaps }: Walk, along: string, needed = 2): string | undefined {
  if (gaps.length > 0) return [...new Set(gaps.map(({ reason }) => reason))].join(", ");
  if (steps.length >= needed) return undefined;
  const have = steps.length === 1 ? "1 value" : `${steps.length} values`;
  return `the run has ${have} of ${along}, and ${needed} are needed`;
}

function walkCell(cell: Cell, request: WalkRequest): Walk {
  const { along, of = {} } = request;
  const steps: Step[] = [];
  const gaps: Gap[] = [];
  const used: PointView[] = [];
  let unit: Unit | undefined;
  const places = groupBy(cell.points, ({ all }) => String(all.get(along)));
  for (const x of numbersOf(matching(cell.points, of), along)) {
    const value = valueAt(places.get(String(x)) ?? [], request);
    if (typeof value === "string") gaps.push({ x, reason: value });
    else {
      steps.push({ x, estimate: value.estimate });
      used.push(...value.points);
      unit = value.unit;
    }
  }
  return { cell, steps, gaps, unit, points: used };
}

interface Value {
  readonly estimate: Estimate;
  readonly unit: Unit | undefined;
  readonly points: readonly PointView[];
}

/** The value at one x, or why there is none. */
function valueAt(points: readonly PointView[], { metric, along, of = {}, to }: WalkRequest): Value | string {
  const names = [along, ...new Set([...Object.keys(of), ...Object.keys(to ?? {})])];
  const above = only(pick(points, of, metric, names));
  if (typeof above === "string" || to === undefined) return above;
  const below = only(pick(points, to, metric, names));
  if (typeof below === "string") return below;
  const estimate = ratioOf(above.estimate, below.estimate);
  return { estimate, unit: undefined, points: [...above.points, ...below.points] };
}

function only({ operands, missing }: ReturnType<typeof pick>): Value | string {
  const [operand, second] = operands;
  if (missing.length > 0) return missing.join(", ");
  if (operand === undefined) return "the run has no such point";
  return second === undefined ? operand : ambiguous(operand, second);
}
