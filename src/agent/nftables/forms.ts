/**
 * The two forms of a rule set in nftables: a rule each, or elements of verdict maps. A form makes the text of
 * transactions, and of what nft should list afterwards.
 *
 * Everything is in one table on the netdev ingress hook of `lo`, which every namespace has, and where no frame comes. With
 * `tables: 0` the rules are in the base chain, or in a map that it asks. With k, the base chain calls k chains in turn, so
 * that a frame that no rule matches crosses all of them, and rule number i is in chain 1 + i mod k.
 */
import { fieldsOf } from "./patterns.js";
import type { RuleSetConfig } from "../protocol.js";

export interface Form {
  /** The table, without rules. */
  readonly setUp: string;
  insert(ids: readonly number[]): string;
  remove(ids: readonly number[]): string;
  /** Gives rules other actions, or again their first, by deletion and insertion in one transaction. */
  replace(ids: readonly number[]): string;
  /** Commands that list all that is there. */
  readonly list: readonly string[];
  /** The rules of a listing, each as {@link Form.expected} writes it. */
  listed(text: string): readonly string[];
  expected(id: number): string;
}

const TABLE = "netdev nicbench";

/** @param most rules there are at once */
export function formOf(form: "rules" | "sets", ruleSet: RuleSetConfig, most: number): Form {
  return form === "rules" ? rulesForm(ruleSet) : setsForm(ruleSet, most);
}

/**
 * Rules are deleted by handle. The kernel numbers all that is made in a table one after another
 * (`nf_tables_alloc_handle`), so that handles need not be listed. nft's own `replace rule` is not used: it lists all rules first.
 */
function rulesForm({ match, actions, tables, seed }: RuleSetConfig): Form {
  const fields = fieldsOf(match, seed);
  const pick = verdicts(actions);
  const handles = new Map<number, number>();
  const chains = chainNames(tables);
  let lastHandle = new Set([BASE, ...chains]).size + callsOf(tables).length;
  const body = (id: number): string =>
    `${fields.map(({ name, value }) => `${name} ${value(id)}`).join(" ")} ${pick.of(id)}`;
  const insert = (ids: readonly number[]): string =>
    lines(ids, (id) => {
      handles.set(id, ++lastHandle);
      return `add rule ${TABLE} ${ownerOf(id, chains)} ${body(id)}`;
    });
  const remove = (ids: readonly number[]): string =>
    lines(ids, (id) => {
      const handle = handles.get(id) ?? 0;
      handles.delete(id);
      return `delete rule ${TABLE} ${ownerOf(id, chains)} handle ${handle}`;
    });
  return {
    setUp: [...chainsOf(tables), ...callsOf(tables)].join("\n"),
    insert,
    remove,
    replace: (ids) => {
      ids.forEach(pick.toggle);
      return remove(ids) + insert(ids);
    },
    list: chains.map((chain) => `list chain ${TABLE} ${chain}`),
    listed: (text) => [...text.matchAll(/^\t\t(.+ (?:accept|drop)) # handle \d+$/gm)].map(([, rule = ""]) => rule),
    expected: body,
  };
}

/** Maps have a size, with which the kernel takes its faster hash table; it cannot be exceeded. */
function setsForm({ match, actions, tables, seed }: RuleSetConfig, most: number): Form {
  const fields = fieldsOf(match, seed);
  const pick = verdicts(actions);
  const chains = chainNames(tables);
  const names = fields.map(({ name }) => name).join(" . ");
  const size = Math.ceil(most / chains.length) + 1;
  const maps = chains.map((chain) => `map_${chain}`);
  const key = (id: number): string => fields.map(({ value }) => value(id)).join(" . ");
  const element = (id: number): string => `${key(id)} : ${pick.of(id)}`;
  const each = (verb: string, ids: readonly number[], text: (id: number) => string): string =>
    maps
      .map((map) => [map, ids.filter((id) => ownerOf(id, maps) === map)] as const)
      .filter(([, inMap]) => inMap.length > 0)
      .map(([map, inMap]) => `${verb} element ${TABLE} ${map} { ${inMap.map(text).join(", ")} }\n`)
      .join("");
  const insert = (ids: readonly number[]): string => each("add", ids, element);
  const remove = (ids: readonly number[]): string => each("delete", ids, key);
  return {
    setUp: [
      ...chainsOf(tables),
      ...maps.map((map) => `add map ${TABLE} ${map} { typeof ${names} : verdict; size ${size}; }`),
      ...chains.map((chain) => `add rule ${TABLE} ${chain} ${names} vmap @map_${chain}`),
      ...callsOf(tables),
    ].join("\n"),
    insert,
    remove,
    replace: (ids) => {
      ids.forEach(pick.toggle);
      return remove(ids) + insert(ids);
    },
    list: maps.map((map) => `list map ${TABLE} ${map}`),
    listed: (text) => [...text.matchAll(/([^\s{,][^{,]* : (?:accept|drop))/g)].map(([, rule = ""]) => rule),
    expected: element,
  };
}

const BASE = "ingress";

function chainNames(tables: number): readonly string[] {
  return tables === 0 ? [BASE] : Array.from({ length: tables }, (_, index) => `group${index + 1}`);
}

function chainsOf(tables: number): readonly string[] {
  return [
    `add table ${TABLE}`,
    `add chain ${TABLE} ${BASE} { type filter hook ingress device lo priority 0; }`,
    ...(tables === 0 ? [] : chainNames(tables).map((chain) => `add chain ${TABLE} ${chain}`)),
  ];
}

function callsOf(tables: number): readonly string[] {
  return tables === 0 ? [] : chainNames(tables).map((chain) => `add rule ${TABLE} ${BASE} jump ${chain}`);
}

function ownerOf(id: number, owners: readonly string[]): string {
  return owners[id % owners.length] ?? "";
}

function lines(ids: readonly number[], text: (id: number) => string): string {
  return ids.map((id) => `${text(id)}\n`).join("");
}

/** The actions of each rule: its first, or the others once it was replaced. */
function verdicts(actions: string) {
  const [first, other] = VERDICTS[actions] ?? [];
  if (first === undefined || other === undefined) throw new Error(`nftables has no words for the actions ${actions}`);
  const replaced = new Set<number>();
  return {
    of: (id: number): string => (replaced.has(id) ? other : first),
    toggle: (id: number): void => {
      if (!replaced.delete(id)) replaced.add(id);
    },
  };
}

/** The hook is before the kernel's queues: `queue` is `accept`, and what is replaced is dropped. */
const VERDICTS: Readonly<Record<string, readonly [string, string]>> = {
  queue: ["accept", "drop"],
  drop: ["drop", "accept"],
  "queue/mark": ["meta mark set 0x00000001 accept", "meta mark set 0x00000002 accept"],
};
