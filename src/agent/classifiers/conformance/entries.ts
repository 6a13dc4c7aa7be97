/** Rules in testpmd's words, as entries. */
import { parseRule } from "../../../rules/parse.js";
import { problemText } from "../../../yaml/problems.js";
import type { PatternItem, Rule } from "../../../rules/rule.js";
import type { Entry } from "../classifier.js";

/** @param rules what stands between `flow create 0 ingress` and the end of the line */
export function entriesOf(rules: readonly string[]): readonly Entry[] {
  return rules.map((text, id) => ({ id, rule: ruleOf(text) }));
}

export function patternOf(text: string): readonly PatternItem[] {
  return ruleOf(`pattern ${text} / end actions drop / end`).pattern;
}

function ruleOf(text: string): Rule {
  const parsed = parseRule(`flow create 0 ingress ${text}`, { source: "conformance", number: 1 });
  if ("problem" in parsed) throw new Error(problemText(parsed.problem));
  return parsed.rule;
}
