/** From the syntax tree of the `yaml` package to a located tree. */
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, type Document } from "yaml";
import type { Located, LocatedEntry, LocatedScalar, Place } from "./located.js";
import { placeText } from "./located.js";
import { MAX_DEPTH, MAX_NODES, Refusal, TOO_DEEP, TOO_MANY } from "./limits.js";
import { quote, type Problem } from "./problems.js";

/** @throws {Refusal} if the document unfolds to too many or too deep nodes, or has an alias without anchor */
export function toLocated(
  document: Document,
  placeAt: (offset: number) => Place,
): { readonly node: Located | undefined; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const anchors = new Map<string, unknown>();
  let nodes = 0;

  const convert = (syntax: unknown, depth: number, near: number): Located => {
    const offset = offsetOf(syntax) ?? near;
    const place = placeAt(offset);
    nodes += 1;
    if (nodes > MAX_NODES) throw new Refusal([{ offset, message: TOO_MANY }]);
    if (depth > MAX_DEPTH) throw new Refusal([{ offset, message: TOO_DEEP }]);
    if (isAlias(syntax)) return { ...convert(anchored(syntax.source, offset), depth + 1, offset), place };
    if (isNode(syntax) && syntax.anchor !== undefined) anchors.set(syntax.anchor, syntax);
    if (isSeq(syntax))
      return { kind: "list", place, items: syntax.items.map((item) => convert(item, depth + 1, offset)) };
    if (isMap(syntax)) return { kind: "map", place, entries: convertEntries(syntax.items, depth, offset) };
    return { kind: "scalar", place, value: isScalar(syntax) ? scalarValue(syntax.value) : null };
  };

  const anchored = (name: string, offset: number): unknown => {
    if (anchors.has(name)) return anchors.get(name);
    throw new Refusal([{ offset, message: `there is no anchor &${name} before this alias` }]);
  };

  const convertEntries = (pairs: readonly unknown[], depth: number, near: number): Map<string, LocatedEntry> => {
    const entries = new Map<string, LocatedEntry>();
    for (const pair of pairs.filter((item) => isPair(item))) {
      const keyOffset = offsetOf(pair.key) ?? near;
      const keyPlace = placeAt(keyOffset);
      const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
      const first = key === undefined ? undefined : entries.get(key);
      if (key === undefined) problems.push({ place: keyPlace, path: "", message: "a key must be a text" });
      else if (first) problems.push({ place: keyPlace, path: "", message: twice(key, first) });
      else entries.set(key, { keyPlace, value: convert(pair.value, depth + 1, keyOffset) });
    }
    return entries;
  };

  const node = document.contents === null ? undefined : convert(document.contents, 0, 0);
  return { node: problems.length === 0 ? node : undefined, problems };
}

function twice(key: string, first: LocatedEntry): string {
  return `key ${quote(key)} is written twice in the same map, first at ${placeText(first.keyPlace)}`;
}

function offsetOf(syntax: unknown): number | undefined {
  const range: unknown = typeof syntax === "object" && syntax !== null ? Reflect.get(syntax, "range") : undefined;
  const start: unknown = Array.isArray(range) ? range[0] : undefined;
  return typeof start === "number" ? start : undefined;
}

function scalarValue(value: unknown): LocatedScalar["value"] {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (value === null || value === undefined) return null;
  return typeof value === "bigint" ? value.toString() : JSON.stringify(value);
}
