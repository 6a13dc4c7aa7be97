/** The rules of a point, by number, as native/softnic/rule_set.cc makes them for the software NIC, with addresses of their own. */
import type { Action, FieldMatch, PatternItem, Rule } from "../../rules/rule.js";
import type { RuleSetConfig } from "../protocol.js";
import type { Entry } from "./classifier.js";

/** @returns rule number `id`; `changed`: with its other actions */
export type RuleMaker = (id: number, changed: boolean) => Entry;

/** Rules of a list, by their place in it, again and again; changed ones send to a queue that no other names, or drop as in {@link actionsOf}. */
export function listMaker(entries: readonly Rule[], { keepsFate = false }: Pick<Making, "keepsFate"> = {}): RuleMaker {
  const queues = entries.flatMap(({ actions }) =>
    actions.map(({ name, values }) => (name === "queue" ? Number(values["index"]) : 0)),
  );
  const other = action("queue", { index: queues.reduce((most, queue) => Math.max(most, queue), 1) + 1 });
  const changedAction = (each: Action): Action => {
    if (each.name === "queue") return keepsFate ? other : action("drop");
    return each.name === "drop" && !keepsFate ? QUEUE : each;
  };
  return (id, changed) => {
    const rule = entries[id % entries.length];
    if (rule === undefined) throw new Error("the list is empty");
    return { id, rule: changed ? { ...rule, actions: rule.actions.map(changedAction) } : rule };
  };
}

/**
 * Numbers of rules are below 2^31, which no trial comes near. The seed only mixes their lower 24 bits, so that no two rules
 * have the same addresses.
 */
export function ruleMaker(
  config: RuleSetConfig,
  { flows = new Uint32Array(), keepsFate = false }: Making = {},
): RuleMaker {
  const { match, actions, tables, seed, masks, matchFrom = 0 } = config;
  const [outer = "", ...inner] = match.split("/");
  const [first, other] = [false, true].map((changed) => (keepsFate ? sameFate : actionsOf)(actions, changed));
  const key = (id: number): number => (id ^ (seed & 0xffffff)) >>> 0;
  const tuple = (id: number): Tuple => {
    const flow = id - matchFrom;
    return flow >= 0 && 4 * flow < flows.length ? flowOf(flows, flow) : unmatched(id, key(id), masks);
  };
  const outside = (id: number): PatternItem =>
    outer === "vlan"
      ? item("vlan", { vid: 1 + (id % 4094) })
      : item("eth", inner.length === 0 ? { dst: MAC + BigInt(key(id)) } : {});
  return (id, changed) => ({
    id,
    rule: {
      port: 0,
      group: tables === 0 ? 0 : 1 + (id % tables),
      priority: 0,
      ingress: true,
      egress: false,
      transfer: false,
      pattern: [outside(id), ...inner.map((name) => innerItem(name, tuple(id), key(id), maskOf(id, masks)))],
      actions: (changed ? other : first) ?? [],
    },
  });
}

/** How rules are made beyond what the set says. */
export interface Making {
  /** Source, destination and both ports of each flow that rules match, from number `matchFrom` on: what the addon gives. */
  readonly flows?: Uint32Array;
  /** Frames of a rule that was changed go to another queue, as in the software NIC, and are not dropped. */
  readonly keepsFate?: boolean;
}

interface Tuple {
  readonly src: number;
  readonly dst: number;
  readonly ports: { readonly src: number; readonly dst: number };
}

function flowOf(flows: Uint32Array, id: number): Tuple {
  const [src = 0, dst = 0, from = 0, to = 0] = flows.subarray(4 * id);
  return { src, dst, ports: { src: from, dst: to } };
}

/** Addresses tell the key. With several masks, what counts of the source has room for eight of its bits. */
function unmatched(id: number, key: number, masks: number): Tuple {
  const high = masks === 1 ? key >>> 16 : ((key >>> 16) & 0xff) << MOST_UNCOUNTED;
  const ports = { src: 1024 + (id % 60_000), dst: 443 };
  return { src: IPV4.src + high, dst: IPV4.dst + (key & 0xffff), ports };
}

/** Rule `id` has mask number m = id mod masks: the last 2m bits of the source do not count. */
function maskOf(id: number, masks: number): bigint {
  const uncounted = 2n * BigInt(id % masks);
  return (0xffff_ffffn << uncounted) & 0xffff_ffffn;
}

/** Of at most 8 masks. */
const MOST_UNCOUNTED = 14;

/** A local unicast address. */
const MAC = 0x0200_0000_0000n;
/** From 100.64.0.0 (RFC 6598), which no frame of the generator has, and from 192.168.0.0. */
const IPV4 = { src: 0x6440_0000, dst: 0xc0a8_0000 };
/** Of unique local addresses (RFC 4193); no two groups are 0, so that there is one way to write them (RFC 5952). */
const IPV6 = { src: 0xfd00_0001_0001_0001_0001_0001_0001_0000n, dst: 0xfd00_0002_0001_0001_0001_0001_0001_0000n };

function innerItem(name: string, { src, dst, ports }: Tuple, key: number, mask: bigint): PatternItem {
  switch (name) {
    case "ipv4":
      return mask === EXACT ? item(name, { src, dst }) : masked(item(name, { src, dst }), mask);
    case "ipv6":
      return item(name, { src: IPV6.src + BigInt(key), dst: IPV6.dst + BigInt(key) });
    default:
      return item(name, ports);
  }
}

const EXACT = 0xffff_ffffn;

/** Only these bits of the source count. */
function masked({ name, fields }: PatternItem, mask: bigint): PatternItem {
  const src: FieldMatch = { spec: (fields["src"]?.spec ?? 0n) & mask, mask };
  return { name, fields: { ...fields, src } };
}

function item(name: string, values: Readonly<Record<string, number | bigint>>): PatternItem {
  const fields = Object.entries(values).map(([field, spec]): [string, FieldMatch] => [field, { spec: BigInt(spec) }]);
  return { name, fields: Object.fromEntries(fields) };
}

/** Whatever was sent on is dropped once it has changed, and the other way round; what was marked gets another mark. */
function actionsOf(actions: string, changed: boolean): readonly Action[] {
  const names = actions.split("/");
  if (names.length === 1 && changed) return [actions === "drop" ? QUEUE : action("drop")];
  const number = changed ? 2 : 1;
  return names.map((name) => {
    if (name === "queue") return QUEUE;
    return name === "mark" ? action(name, { id: number }) : action(name, name === "drop" ? {} : { data: number });
  });
}

/** The same, to queue 2 where it was to queue 1. */
function sameFate(actions: string, changed: boolean): readonly Action[] {
  const others = actionsOf(actions, false);
  return changed ? others.map((each) => (each === QUEUE ? OTHER_QUEUE : each)) : others;
}

function action(name: string, values: Readonly<Record<string, number>> = {}): Action {
  return {
    name,
    values: Object.fromEntries(Object.entries(values).map(([key, value]) => [key, BigInt(value)])),
    lists: {},
  };
}

const QUEUE = action("queue", { index: 1 });
const OTHER_QUEUE = action("queue", { index: 2 });
