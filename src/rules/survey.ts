/** What is in a file of rules, and what is wrong with it. Reads it once and keeps counts only. */
import { commandsOf, ruleOfCommand } from "./commands.js";
import type { Rule } from "./rule.js";
import type { Problem } from "../yaml/problems.js";

export interface Survey {
  readonly rules: number;
  /** Other commands of testpmd, which are left out. */
  readonly others: number;
  /** Rules by group and pattern, the most first; of a file with very many kinds not all. */
  readonly kinds: readonly RuleKind[];
  readonly problems: number;
  readonly first: readonly Problem[];
}

export interface RuleKind {
  readonly group: number;
  /** `eth / ipv4 src dst / udp`: items with the fields that are matched. */
  readonly pattern: string;
  readonly rules: number;
}

/** So that a file with a group for every rule takes no memory. */
const MOST_KINDS = 1000;
const SHOWN_PROBLEMS = 20;

type Kinds = Map<string, RuleKind>;

/** @throws {UserError} RULES_UNREADABLE, RULES_LINE */
export function surveyRules(file: string): Survey {
  const kinds: Kinds = new Map();
  const first: Problem[] = [];
  let [rules, others, problems] = [0, 0, 0];
  for (const command of commandsOf(file)) {
    if (!command.isRule) {
      others += 1;
      continue;
    }
    const parsed = ruleOfCommand(command, file);
    if ("problem" in parsed) {
      problems += 1;
      if (first.length < SHOWN_PROBLEMS) first.push(parsed.problem);
      continue;
    }
    rules += 1;
    addTo(kinds, kindOf(parsed.rule));
  }
  const sorted = [...kinds.values()].sort((a, b) => b.rules - a.rules);
  return { rules, others, kinds: sorted, problems, first };
}

function addTo(kinds: Kinds, kind: Omit<RuleKind, "rules">): void {
  const key = `${kind.group} ${kind.pattern}`;
  const rules = kinds.get(key)?.rules ?? 0;
  if (rules > 0 || kinds.size < MOST_KINDS) kinds.set(key, { ...kind, rules: rules + 1 });
}

function kindOf({ group, pattern }: Rule): Omit<RuleKind, "rules"> {
  const items = pattern.map(({ name, fields }) => [name, ...Object.keys(fields)].join(" "));
  return { group, pattern: items.length === 0 ? "anything" : items.join(" / ") };
}
