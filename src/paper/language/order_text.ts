/**
 * Orders as people write them: `cuckoo++ > robin-map ~ hopscotch > cuckoo`.
 *
 *   order    = value { relation value }
 *   relation = ">" | "<" | ">=" | "<=" | "~"      with spaces around it; one direction only
 *   value    = word | '"' any text '"'
 *
 * Values joined by `~` are about equal and form a group; a relation holds between each value of a group and
 * each value of the next one.
 */
import { quote } from "../../yaml/problems.js";

export type Relation = ">" | "<" | ">=" | "<=";

export interface Order {
  /** Groups of values that are about equal, in the order written. */
  readonly groups: readonly (readonly string[])[];
  /** `relations[i]` stands between `groups[i]` and `groups[i + 1]`. */
  readonly relations: readonly Relation[];
}

/** The order, or why the text is none. */
export function parseOrder(text: string): Order | { readonly problem: string } {
  const tokens = [...text.matchAll(/"([^"]*)"|(\S+)/g)].map(toToken);
  const [groups, relations]: [string[][], Relation[]] = [[], []];
  let open = true; // whether a value must come next
  for (const { word, isRelation } of tokens) {
    if (isRelation === open)
      return { problem: open ? expected(word) : `a relation such as > must stand before ${quote(word)}` };
    if (isRelation && word !== "~") relations.push(word as Relation);
    if (!isRelation && groups.length === relations.length) groups.push([word]);
    else if (!isRelation) groups.at(-1)?.push(word);
    open = isRelation;
  }
  return open ? { problem: expected("the end") } : (fault(groups, relations) ?? { groups, relations });
}

interface Token {
  readonly word: string;
  readonly isRelation: boolean;
}

function toToken([, quoted, word = ""]: RegExpMatchArray): Token {
  if (quoted !== undefined) return { word: quoted, isRelation: false };
  return { word, isRelation: /^([<>]=?|~)$/.test(word) };
}

function expected(before: string): string {
  return `a value is missing before ${before === "the end" ? before : quote(before)}; write 'a > b ~ c' with spaces`;
}

function fault(
  groups: readonly (readonly string[])[],
  relations: readonly Relation[],
): { readonly problem: string } | undefined {
  const values = groups.flat();
  if (values.length < 2) return { problem: "one value has no order; write 'a > b ~ c' with spaces" };
  const repeated = values.find((value, index) => values.indexOf(value) !== index);
  if (repeated !== undefined) return { problem: `${quote(repeated)} stands in the order twice` };
  const directions = new Set(relations.map((relation) => relation.charAt(0)));
  return directions.size > 1 ? { problem: "mixes < and >; write it in one direction" } : undefined;
}
