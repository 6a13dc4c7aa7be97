/** The values of one axis of the matrix: lists, ranges and logarithmic steps. */
import { parseQuantity } from "../units.js";
import { find, plain, type Located, type LocatedEntry, type LocatedMap, type Place } from "../yaml/located.js";
import { quote, type Problem } from "../yaml/problems.js";

export interface Axis {
  /** Dotted path of the parameter that it sweeps. */
  readonly key: string;
  /** Scalars, or maps that set several parameters below `key`; each with the place of the axis's key. */
  readonly values: readonly LocatedEntry[];
}

export interface ExpandedAxis {
  readonly axis: Axis;
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

export const MAX_POINTS = 100_000;

/** Expects an entry whose value the suite schema's `axisSchema` accepted. */
export function expandAxis(key: string, { keyPlace, value: node }: LocatedEntry): ExpandedAxis {
  const axis = (values: readonly Located[]): Axis => ({ key, values: values.map((value) => ({ keyPlace, value })) });
  if (node.kind === "list") return { axis: axis(node.items), problems: [], warnings: [] };
  const grid = node.kind === "map" ? gridOf(node) : "is no axis";
  if (typeof grid === "string") {
    return { axis: axis([]), problems: [{ place: node.place, path: `matrix.${key}`, message: grid }], warnings: [] };
  }
  const values = grid.values.map((value) => ({ kind: "scalar", place: node.place, value }) as const);
  const missed = grid.values.at(-1) !== grid.end;
  return { axis: axis(values), problems: [], warnings: missed ? [missedEnd(key, node.place, grid)] : [] };
}

interface Grid {
  /** In base units. */
  readonly values: readonly number[];
  readonly end: number;
  /** The last value as written. */
  readonly written: unknown;
}

function missedEnd(key: string, place: Place, { values, written }: Grid): string {
  const line = place.line === undefined ? "" : ` (line ${place.line})`;
  return `The steps of axis '${key}'${line} do not reach ${quote(written)}; its last value is ${values.at(-1)}.`;
}

/** The values, or what is wrong with the axis. */
function gridOf(node: LocatedMap): Grid | string {
  if (node.entries.has("from")) {
    const [from, to, step] = ["from", "to", "step"].map((key) => plainAt(node, [key]));
    return commonUnit([from, to, step], ([start, end, by]) => linear(start, end, by, to));
  }
  const base = node.entries.has("log2") ? 2 : 10;
  const name = `log${base}`;
  const steps = Number(plainAt(node, ["steps"]) ?? 1);
  const [first, last] = [0, 1].map((index) => plainAt(node, [name, index]));
  return commonUnit([first, last], ([start, end]) => logarithmic(start, end, base ** (1 / steps), last));
}

function plainAt(node: LocatedMap, path: readonly PropertyKey[]): unknown {
  const found = find(node, path);
  return found && plain(found);
}

/** Parses quantities, which must be of one dimension: `{ from: 1Mpps, to: 2s }` is no range. */
function commonUnit(written: readonly unknown[], build: (values: readonly number[]) => Grid | string): Grid | string {
  const quantities = written.map((value) => {
    return typeof value === "number" ? { value, dimension: undefined } : parseQuantity(String(value));
  });
  const bad = quantities.findIndex((quantity) => quantity === undefined);
  if (bad >= 0)
    return `${quote(written[bad])} is not a quantity; write a number with or without unit, such as 64Ki or 5Mpps`;
  const dimensions = new Set(quantities.map((quantity) => quantity?.dimension).filter((name) => name !== undefined));
  if (dimensions.size > 1) return `mixes ${[...dimensions].join(" and ")}; write all with the same unit`;
  return build(quantities.map((quantity) => quantity?.value ?? NaN));
}

function linear(start = NaN, end = NaN, by = NaN, written: unknown): Grid | string {
  if (!(by > 0)) return "step must be above 0";
  if (!(start <= end)) return "from must not be above to";
  const last = Math.floor((end - start) / by + 1e-9);
  if (last >= MAX_POINTS) return tooMany(last + 1);
  return { values: Array.from({ length: last + 1 }, (_, index) => tidy(start + index * by)), end, written };
}

/** Whole numbers at both ends make whole numbers in between. */
function logarithmic(start = NaN, end = NaN, factor: number, written: unknown): Grid | string {
  if (!(start > 0)) return "a logarithmic axis starts above 0";
  if (!(start <= end)) return "the first value must not be above the last";
  const last = Math.floor(Math.log(end / start) / Math.log(factor) + 1e-9);
  if (last >= MAX_POINTS) return tooMany(last + 1);
  const round = Number.isInteger(start) && Number.isInteger(end) ? Math.round : tidy;
  const values = Array.from({ length: last + 1 }, (_, index) => round(start * factor ** index));
  return { values: [...new Set(values)], end, written };
}

function tooMany(count: number): string {
  return `has ${count} values; an axis holds at most ${MAX_POINTS}`;
}

/** Without the noise of binary fractions: 0.1 + 2 * 0.1 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
