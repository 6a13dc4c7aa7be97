/**
 * The two forms of a rule set in nftables: a rule each, or elements of verdict maps. A form makes the text of
 * transactions, and of what nft should list afterwards. Which chains there are, and what asks them, is for {@link Chains}.
 */
import { ruleMaker } from "../rule_set.js";
import { TABLE, type Chains } from "./chains.js";
import { chainOf, matchesOf, ruleText, statementsOf } from "./words.js";
import type { NftablesForm, RuleSetConfig } from "../../protocol.js";
import type { Change, Entry, ListedRule } from "../classifier.js";

export interface Form {
  /** The table, without rules. */
  readonly setUp: string;
  /** Commands that make the change. */
  commands(change: Change): string;
  /** Commands that list all that is there. */
  readonly list: readonly string[];
  /** The rules of a listing, each as {@link Form.textOf} writes it. */
  listed(text: string): readonly ListedRule[];
  textOf(entry: Entry): string;
}

/** @param most rules that the sets have room for */
export function formOf(name: NftablesForm, chains: Chains, ruleSet: RuleSetConfig, most: number): Form {
  return name === "sets" ? setsForm(chains, ruleSet, most) : rulesForm(chains);
}

/**
 * Rules are deleted by handle. The kernel numbers all that is made in a table one after another
 * (`nf_tables_alloc_handle`), so that handles need not be listed. nft's own `replace rule` is not used: it lists all rules first.
 */
function rulesForm({ names, made, calls }: Chains): Form {
  const handles = new Map<number, number>();
  const setUp = [...made, ...calls];
  let lastHandle = setUp.length - 1; // The table itself has none.
  const insert = ({ id, rule }: Entry): string => {
    handles.set(id, ++lastHandle);
    return `add rule ${TABLE} ${chainOf(rule.group)} ${ruleText(rule)}\n`;
  };
  const remove = ({ id, rule }: Entry): string => {
    const handle = handles.get(id) ?? 0;
    handles.delete(id);
    return `delete rule ${TABLE} ${chainOf(rule.group)} handle ${handle}\n`;
  };
  return {
    setUp: setUp.join("\n"),
    commands: ({ kind, entries }) => entries.map(kind === "remove" ? remove : insert).join(""),
    list: names.map((chain) => `list chain ${TABLE} ${chain}`),
    listed: (text) => {
      const ids = new Map([...handles].map(([id, handle]) => [String(handle), id]));
      const rules = [...text.matchAll(/^\t\t(?!type |jump )(.+) # handle (\d+)$/gm)];
      return rules.map(([, rule = "", handle = ""]) => listedRule(rule, ids.get(handle)));
    },
    textOf: ({ rule }) => ruleText(rule),
  };
}

function listedRule(rule: string, id: number | undefined): ListedRule {
  const counter = /counter packets (\d+) bytes \d+/;
  const [, frames] = counter.exec(rule) ?? [];
  const text = rule.replace(counter, "counter");
  return { text, ...(id === undefined ? {} : { id }), ...(frames === undefined ? {} : { frames: Number(frames) }) };
}

/**
 * Maps have a size, with which the kernel takes its faster hash table; it cannot be exceeded.
 *
 * @param most rules there are at once
 */
function setsForm({ names: chains, made, calls }: Chains, ruleSet: RuleSetConfig, most: number): Form {
  const names = matchesOf(ruleMaker(ruleSet)(0, false).rule)
    .map(({ name }) => name)
    .join(" . ");
  const size = Math.ceil(most / chains.length) + 1;
  const key = ({ rule }: Entry): string =>
    matchesOf(rule)
      .map(({ value }) => value)
      .join(" . ");
  const element = (entry: Entry): string => `${key(entry)} : ${statementsOf(entry.rule).join(" ")}`;
  return {
    setUp: [
      ...made,
      ...chains.map((chain) => `add map ${TABLE} map_${chain} { typeof ${names} : verdict; size ${size}; }`),
      ...chains.map((chain) => `add rule ${TABLE} ${chain} ${names} vmap @map_${chain}`),
      ...calls,
    ].join("\n"),
    commands: ({ kind, entries }) => {
      const [verb, text] = kind === "remove" ? ["delete", key] : ["add", element];
      return chains
        .map((chain) => [chain, entries.filter(({ rule }) => chainOf(rule.group) === chain)] as const)
        .filter(([, inMap]) => inMap.length > 0)
        .map(([chain, inMap]) => `${verb} element ${TABLE} map_${chain} { ${inMap.map(text).join(", ")} }\n`)
        .join("");
    },
    list: chains.map((chain) => `list map ${TABLE} map_${chain}`),
    listed: (text) => [...text.matchAll(/([^\s{,][^{,]* : (?:accept|drop))/g)].map(([, rule = ""]) => ({ text: rule })),
    textOf: element,
  };
}
