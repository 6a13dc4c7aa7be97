/** Plain data as a located tree without lines, so that both are checked by the same code. */
import type { Located, LocatedEntry, Place } from "../../yaml/located.js";

const DEEPEST = 100;

/**
 * @param source what the problems' places are called, such as `claims`
 * @throws {TypeError} for what JSON cannot hold, and beyond 100 levels
 */
export function toLocated(value: unknown, source: string): Located {
  const place: Place = { source };
  return convert(value, place, 0);
}

function convert(value: unknown, place: Place, depth: number): Located {
  if (depth > DEEPEST) throw new TypeError(`nested more than ${DEEPEST} levels deep`);
  if (value === null || ["string", "number", "boolean"].includes(typeof value)) {
    return { kind: "scalar", place, value: value as string | number | boolean | null };
  }
  if (Array.isArray(value)) return { kind: "list", place, items: value.map((item) => convert(item, place, depth + 1)) };
  if (typeof value !== "object") throw new TypeError(`a ${typeof value} has no place in it`);
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .map(([key, inner]): [string, LocatedEntry] => [key, { keyPlace: place, value: convert(inner, place, depth + 1) }]);
  return { kind: "map", place, entries: new Map(entries) };
}
