/** The pattern of a rule: items with fields, each with what it must be. */
import { quote } from "../yaml/problems.js";
import { adviceOf, fullMask, parseValue, prefixMask } from "./values.js";
import { ITEMS, type Kind } from "./vocabulary.js";
import { Mistake, unexpected, type Word, type Words } from "./words.js";
import type { FieldMatch, PatternItem } from "./rule.js";

/** `eth / ipv4 … / end`, of which the end is taken. */
export function patternOf(words: Words): readonly PatternItem[] {
  const items: PatternItem[] = [];
  while (!words.takeIf("end")) {
    const word = words.take();
    const fields = ITEMS.get(word.text);
    if (fields === undefined) throw unexpected(word, "pattern", [...ITEMS.keys(), "end"]);
    items.push(itemOf(word.text, fields, words));
    words.expect("/", `pattern.${word.text}`);
  }
  return items;
}

const RELATIONS = ["is", "spec", "last", "mask", "prefix"];

function itemOf(name: string, known: ReadonlyMap<string, Kind>, words: Words): PatternItem {
  const fields: Record<string, FieldMatch> = {};
  while (words.peek().text !== "/") {
    const word = words.take();
    const kind = known.get(word.text);
    if (kind === undefined) throw unexpected(word, `pattern.${name}`, [...known.keys(), "/"]);
    const path = `pattern.${name}.${word.text}`;
    let match = withRelation(fields[word.text] ?? {}, kind, words, path);
    while (RELATIONS.includes(words.peek().text)) match = withRelation(match, kind, words, path);
    refuseBackwards(match, word, path);
    fields[word.text] = match;
  }
  return { name, fields };
}

function withRelation(match: FieldMatch, kind: Kind, words: Words, path: string): FieldMatch {
  const relation = words.take();
  switch (relation.text) {
    case "is":
      return { ...match, spec: valueOf(words, kind, path), mask: fullMask(kind.bits) };
    case "spec":
    case "last":
    case "mask":
      return { ...match, [relation.text]: valueOf(words, kind, path) };
    case "prefix":
      return { ...match, mask: prefixMask(prefixOf(words, kind, path), kind.bits) };
    default:
      throw unexpected(relation, path, RELATIONS);
  }
}

/** @throws Mistake */
export function valueOf(words: Words, kind: Kind, path: string): bigint {
  const { text, column } = words.take();
  const value = parseValue(text, kind);
  if (value === undefined) throw new Mistake(column, path, `${quote(text)} is not its value; write ${adviceOf(kind)}`);
  return value;
}

function prefixOf(words: Words, { bits }: Kind, path: string): number {
  const { text, column } = words.take();
  const length = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (length >= 0 && length <= bits) return length;
  throw new Mistake(column, path, `${quote(text)} is no length of a prefix; write a number from 0 to ${bits}`);
}

function refuseBackwards({ spec = 0n, last, mask }: FieldMatch, { column }: Word, path: string): void {
  if (last === undefined) return;
  const seen = mask ?? -1n;
  if ((last & seen) < (spec & seen)) throw new Mistake(column, path, "its range is empty: last is below spec");
}
