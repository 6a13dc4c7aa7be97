/**
 * Rules as DPDK's testpmd takes them:
 *
 *   flow create 0 ingress group 1 pattern eth / ipv4 src is 10.0.0.1 dst prefix 24 dst spec 10.1.2.0 / end actions queue index 1 / end
 *
 * A field may be repeated for each of `spec`, `last`, `mask` and `prefix`, as testpmd asks for, or named once for all.
 */
import { quote, type Problem } from "../yaml/problems.js";
import { actionsOf } from "./actions.js";
import { patternOf } from "./pattern.js";
import { parseValue } from "./values.js";
import { Mistake, unexpected, Words } from "./words.js";
import type { Rule } from "./rule.js";

export type Parsed = { readonly rule: Rule } | { readonly problem: Problem };

/**
 * @param line one command
 * @param place where it stands, for the problem
 */
export function parseRule(
  line: string,
  { source, number }: { readonly source: string; readonly number: number },
): Parsed {
  try {
    return { rule: ruleOf(new Words(line)) };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    const { column, path, message } = error;
    return { problem: { place: { source, line: number, column }, path, message } };
  }
}

const ATTRIBUTES = ["group", "priority", "ingress", "egress", "transfer", "pattern"];

type Attributes = Omit<Rule, "port" | "pattern" | "actions">;

function ruleOf(words: Words): Rule {
  words.expect("flow", "");
  words.expect("create", "");
  const port = numberOf(words, "port", 16);
  const attributes = attributesOf(words);
  const pattern = patternOf(words);
  words.expect("actions", "");
  return { port, ...attributes, pattern, actions: actionsOf(words) };
}

/** Up to the word `pattern`, which is taken. */
function attributesOf(words: Words): Attributes {
  let attributes: Attributes = { group: 0, priority: 0, ingress: false, egress: false, transfer: false };
  for (;;) {
    const word = words.take();
    switch (word.text) {
      case "pattern":
        return attributes;
      case "group":
      case "priority":
        attributes = { ...attributes, [word.text]: numberOf(words, word.text, 32) };
        break;
      case "ingress":
      case "egress":
      case "transfer":
        attributes = { ...attributes, [word.text]: true };
        break;
      default:
        throw unexpected(word, "", ATTRIBUTES);
    }
  }
}

function numberOf(words: Words, path: string, bits: number): number {
  const word = words.take();
  const value = parseValue(word.text, { form: "number", bits });
  if (value === undefined) throw new Mistake(word.column, path, `${quote(word.text)} is no number of ${bits} bits`);
  return Number(value);
}
