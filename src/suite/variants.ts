/** `--tag`: the named variants of a suite. */
import { UserError } from "../errors.js";
import { emptyMap, findMap, merge, withEntry, withoutEntry, type LocatedMap } from "../yaml/located.js";
import { didYouMean } from "../yaml/nearest.js";

export function tagNames(suite: LocatedMap): readonly string[] {
  return [...(findMap(suite, ["tags"])?.entries.keys() ?? [])];
}

/**
 * The suite with one variant merged in: maps merge deeply, lists and whole axes are replaced, `null` removes.
 *
 * @throws {UserError} SUITE_TAG_UNKNOWN
 */
export function applyTag(suite: LocatedMap, tag: string, file: string): LocatedMap {
  const names = tagNames(suite);
  if (!names.includes(tag)) {
    const hint = names.length === 0 ? "It has no 'tags' at all." : `It has: ${names.join(", ")}`;
    throw new UserError("SUITE_TAG_UNKNOWN", `${file} has no tag '${tag}'${didYouMean(tag, names)}`, hint);
  }
  const variant = findMap(suite, ["tags", tag]);
  return variant === undefined ? suite : replaceAxes(merge(suite, withoutEntry(variant, "matrix")), variant);
}

/** An axis such as `{ log2: […] }` is one value: merging it with an old `{ from, to, step }` makes no sense. */
function replaceAxes(suite: LocatedMap, variant: LocatedMap): LocatedMap {
  const change = variant.entries.get("matrix");
  if (change?.value.kind !== "map") return suite;
  let matrix = findMap(suite, ["matrix"]) ?? emptyMap(change.value.place);
  for (const [axis, entry] of change.value.entries) {
    const dropped = entry.value.kind === "scalar" && entry.value.value === null;
    matrix = dropped ? withoutEntry(matrix, axis) : withEntry(matrix, axis, entry);
  }
  return withEntry(suite, "matrix", { keyPlace: change.keyPlace, value: matrix });
}
