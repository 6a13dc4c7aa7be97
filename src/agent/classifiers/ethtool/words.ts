/**
 * Rules as ntuple filters of ethtool(8), `ethtool -N DEVICE flow-type …`. A filter is one flow type with fields, an action and a location:
 * there are no groups and no counters, and its location is its priority too.
 *
 * The masks of ethtool name the bits that do NOT count (rxclass.c of ethtool inverts them): `m 0.0.0.255` is a /24.
 */
import { bareItems, fieldsOf, isExact, spell, type MatchedField } from "../fields.js";
import { unsupported } from "../classifier.js";
import type { Kind } from "../../../rules/vocabulary.js";
import type { Rule } from "../../../rules/rule.js";
import type { UserError } from "../../../errors.js";

/** What stands behind `ethtool -N DEVICE`. @throws {UserError} RULE_UNSUPPORTED */
export function filterText(rule: Rule, location: number): string {
  const { type, keys } = filterOf(rule);
  const words = keys.flatMap(({ word, value, ignored, kind }) => [
    word,
    spelled(kind, value),
    ...(ignored === 0n ? [] : ["m", spelled(kind, ignored)]),
  ]);
  return ["flow-type", type, ...words, "action", actionOf(rule), "loc", location].join(" ");
}

/** The same for a rule and for what ethtool lists of it. @throws {UserError} RULE_UNSUPPORTED */
export function filterSummary(rule: Rule, location: number): string {
  const { type, keys } = filterOf(rule);
  return summaryOf({ location, type, keys, action: actionOf(rule) });
}

/** A field that counts, with the bits of it that do not. */
export interface Key {
  readonly word: string;
  readonly value: bigint;
  readonly ignored: bigint;
}

export interface Filter {
  readonly location: number;
  readonly type: string;
  readonly keys: readonly Key[];
  /** A queue, or -1: drop. */
  readonly action: number;
}

export function summaryOf({ location, type, keys, action }: Filter): string {
  const told = keys.map(({ word, value, ignored }) => `${word} ${value & ~ignored}/${ignored.toString(16)}`);
  return [`loc ${location}`, type, ...told.sort(), `action ${action}`].join(" ");
}

interface WrittenKey extends Key {
  readonly kind: Kind;
}

/** By the items of the pattern but for eth and vlan. */
const FLOW_TYPES: Readonly<Record<string, string>> = {
  "": "ether",
  ipv4: "ip4",
  ipv6: "ip6",
  "ipv4/tcp": "tcp4",
  "ipv4/udp": "udp4",
  "ipv6/tcp": "tcp6",
  "ipv6/udp": "udp6",
};

function filterOf(rule: Rule): { readonly type: string; readonly keys: readonly WrittenKey[] } {
  if (rule.group > 0) throw lacks(`group ${rule.group}`);
  if (rule.priority > 0) throw lacks(`priority ${rule.priority} apart from its location`);
  const above = rule.pattern.map(({ name }) => name).filter((name) => name !== "eth" && name !== "vlan");
  const type = FLOW_TYPES[above.join("/")];
  if (type === undefined) throw lacks(`flow type for ${above.join("/")}`);
  if (bareItems(rule).includes("vlan")) throw lacks("match for a VLAN tag whose id does not matter");
  return { type, keys: fieldsOf(rule).map((field) => keyOf(field, type)) };
}

const FIELDS: ReadonlyMap<string, string> = new Map([
  ["ipv4.src", "src-ip"],
  ["ipv4.dst", "dst-ip"],
  ["ipv4.tos", "tos"],
  ["ipv6.src", "src-ip"],
  ["ipv6.dst", "dst-ip"],
  ["tcp.src", "src-port"],
  ["tcp.dst", "dst-port"],
  ["udp.src", "src-port"],
  ["udp.dst", "dst-port"],
]);

/** Of the frame itself; behind an IP address only the destination, by another name. */
const ETHER_FIELDS: ReadonlyMap<string, string> = new Map([
  ["eth.src", "src"],
  ["eth.dst", "dst"],
  ["eth.type", "proto"],
]);

/** All of a tag. */
const TCI: Kind = { form: "number", bits: 16 };
const VLAN_ID = 0xfffn;

function keyOf(field: MatchedField, type: string): WrittenKey {
  const { name, kind, spec, mask, last } = field;
  if (last !== undefined) throw lacks(`range for ${name}`);
  if (name === "vlan.vid") return { word: "vlan", value: spec, ignored: 0xffffn & ~(mask & VLAN_ID), kind: TCI };
  const word = type === "ether" ? ETHER_FIELDS.get(name) : name === "eth.dst" ? "dst-mac" : FIELDS.get(name);
  if (word === undefined) throw lacks(`word for the field ${name} in flow type ${type}`);
  const ignored = isExact(field) ? 0n : ((1n << BigInt(kind.bits)) - 1n) & ~mask;
  return { word, value: spec, ignored, kind };
}

function spelled(kind: Kind, value: bigint): string {
  return kind.form === "number" && kind.bits === TCI.bits ? `0x${value.toString(16)}` : spell(kind, value);
}

function actionOf({ actions }: Rule): number {
  const [first, ...more] = actions;
  if (first === undefined || more.length > 0)
    throw lacks(`action ${actions.map(({ name }) => name).join("/")}: it has one of queue and drop`);
  if (first.name === "drop") return -1;
  if (first.name === "queue") return Number(first.values["index"] ?? 0n);
  throw lacks(`action ${first.name}`);
}

function lacks(what: string): UserError {
  return unsupported("ethtool", what);
}
