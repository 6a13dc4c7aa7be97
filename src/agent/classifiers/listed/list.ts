/** The rules of a {@link RuleSource}, as a classifier gets them. */
import { UserError } from "../../../errors.js";
import { filterCommands, filterSet } from "../../../rules/filter_sets/generate.js";
import { parseRule } from "../../../rules/parse.js";
import { withoutRanges } from "../../../rules/ranges.js";
import { matchKey, type Rule } from "../../../rules/rule.js";
import { rulesOfFile, type ListedRule } from "../../../rules/rule_file.js";
import { seededRandom } from "../../../statistics/random.js";
import { problemText } from "../../../yaml/problems.js";
import type { ListCounts, RuleSetConfig, RuleSource } from "../../../native/rules.js";
import type { ClassifierName } from "../../protocol.js";

let last: { readonly key: string; readonly rules: readonly ListedRule[] } | undefined;

/**
 * @param count of a filter set; a file says itself how many there are
 * @throws {UserError} RULES_INVALID
 */
export function listedRules(source: RuleSource, count: number, seed: number): readonly ListedRule[] {
  if ("rulesFile" in source) return rulesOfFile(source.rulesFile);
  const key = `${source.filterSet} ${count} ${seed}`;
  if (last?.key !== key) {
    const commands = filterCommands(filterSet(source.filterSet, count, seededRandom(seed)));
    last = { key, rules: commands.map(ruleOfFilter) };
  }
  return last.rules;
}

function ruleOfFilter(text: string, index: number): ListedRule {
  const parsed = parseRule(text, { source: "filter set", number: index + 1 });
  if ("problem" in parsed) throw new Error(problemText(parsed.problem));
  return { rule: parsed.rule, line: index + 1 };
}

/** Rules as they are handed to a classifier, the strongest first. */
export interface PreparedList {
  /** As they are listed: the same for all classifiers. */
  readonly rules: readonly Rule[];
  readonly entries: readonly Rule[];
  readonly counts: ListCounts;
}

/**
 * With ranges as prefixes where the classifier has none; of entries that then match the same, the strongest. nftables has no
 * priorities but the order in which rules come.
 */
export function prepareList(
  rules: readonly Pick<ListedRule, "rule">[],
  classifier: ClassifierName | "softnic",
): PreparedList {
  const ordered = rules.map(({ rule }) => rule).sort((a, b) => a.priority - b.priority);
  const entries = HAS_RANGES[classifier] ? ordered : distinct(ordered.flatMap(withoutRanges));
  const given = classifier === "nftables" ? entries.map((rule) => ({ ...rule, priority: 0 })) : entries;
  return { rules: ordered, entries: given, counts: { rules: rules.length, entries: given.length } };
}

const HAS_RANGES: Readonly<Record<ClassifierName | "softnic", boolean>> = {
  softnic: false,
  nftables: true,
  ovs: false,
  rte_flow: false, // Of hardware few have them.
  "tc-flower": true,
  xdp: false,
  ethtool: false,
  "flow-perf": false,
};

function distinct(rules: readonly Rule[]): readonly Rule[] {
  const seen = new Set<string>();
  return rules.filter((rule) => {
    const key = matchKey(rule);
    const isNew = !seen.has(key);
    seen.add(key);
    return isNew;
  });
}

/** A trial's rule set that is listed. */
export type ListedSet = RuleSetConfig & { readonly source: RuleSource };

export function isListed(ruleSet: RuleSetConfig): ruleSet is ListedSet {
  return ruleSet.source !== undefined;
}

/**
 * The list of a trial, and how many of its entries are there before it.
 *
 * @param inserted in the trial: the weakest
 * @throws {UserError} RULES_INVALID; RULES_FEW
 */
export function listOfTrial(
  { source, rules, seed }: ListedSet,
  inserted: number,
  classifier: ClassifierName | "softnic",
): PreparedList & { readonly installed: number } {
  const list = prepareList(listedRules(source, rules, seed), classifier);
  const installed = list.entries.length - inserted;
  if (installed >= 0) return { ...list, installed };
  throw new UserError(
    "RULES_FEW",
    `The list has ${list.entries.length} rules, of which ${inserted} should be inserted in the trial.`,
    "Insert fewer, or list more: those that are inserted are the last of the list.",
  );
}
