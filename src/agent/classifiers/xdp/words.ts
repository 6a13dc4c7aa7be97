/** Rules as entries of BPF maps: what rules of a map have in common, and a rule's own key and value. */
import { UserError } from "../../../errors.js";
import { unsupported } from "../classifier.js";
import { bytesOf, fieldsOf, isExact, prefixLength, type MatchedField } from "../fields.js";
import type { XdpMatch, XdpWord } from "../../../native/xdp.js";
import type { Rule } from "../../../rules/rule.js";
import type { Entry, ListedRule } from "../classifier.js";

export interface Encoded {
  readonly match: XdpMatch;
  /** The same for rules that go into one map. */
  readonly matchText: string;
  readonly key: Buffer;
  readonly value: Buffer;
}

/**
 * What is encoded once is kept for rules that differ in values only, since there may be a million of them.
 *
 * @throws {UserError} RULE_UNSUPPORTED, when a rule is encoded
 */
export function encoder(): (entry: Entry) => Encoded {
  const shapes = new Map<string, Shape>();
  return ({ id, rule }) => {
    const name = shapeName(rule);
    const shape = shapes.get(name) ?? shapeOf(rule);
    shapes.set(name, shape);
    return {
      match: shape.match,
      matchText: shape.matchText,
      key: keyOf(rule, shape),
      value: valueOf(id, rule),
    };
  };
}

/** All of a rule but its values and its actions. */
interface Shape {
  readonly match: XdpMatch;
  readonly matchText: string;
  /** With the length of a trie's prefix; the values are still 0. */
  readonly emptyKey: Buffer;
  readonly slots: readonly Slot[];
}

/** Where a field's value goes. */
interface Slot {
  readonly item: string;
  readonly field: string;
  /** By which it is shifted. */
  readonly shift: bigint;
  /** The bits that count, shifted. */
  readonly mask: bigint;
  /** For each byte from the last to the first its place in the key; undefined if none of its bits counts. */
  readonly places: readonly (number | undefined)[];
  /** What the value must be where the mask has ones, since headers that follow say so. */
  readonly implied: bigint | undefined;
}

function shapeName({ group, priority, pattern }: Rule): string {
  let name = `${group} ${priority}`;
  for (const item of pattern) {
    name += ` / ${item.name}`;
    for (const [field, { mask, last }] of Object.entries(item.fields))
      name += ` ${field}${mask === undefined ? "" : `&${mask}`}${last === undefined ? "" : "-"}`;
  }
  return name;
}

/** @throws {UserError} RULE_UNSUPPORTED */
function shapeOf(rule: Rule): Shape {
  const headers = headersOf(rule);
  const parts = fieldsOf(rule).map(partOf);
  const prefix = prefixOf(parts);
  const words = wordsOf(parts, prefix);
  const match = { group: rule.group, priority: rule.priority, headers, trie: prefix !== undefined, words };
  const emptyKey = Buffer.alloc(keyBytes(match));
  if (prefix !== undefined) emptyKey.writeUInt32LE(32 * words.length - prefix.uncounted);
  return { match, matchText: textOfMatch(match), emptyKey, slots: parts.map((part) => slotOf(part, match, rule)) };
}

function slotOf({ field: { name }, base, offset, shift, mask }: Part, match: XdpMatch, rule: Rule): Slot {
  const [item = "", field = ""] = name.split(".");
  const first = match.trie ? 4 : 0;
  const placeOf = (at: number): number | undefined => {
    const word = match.words.findIndex((each) => each.base === base && each.offset === (at & ~3));
    return word < 0 ? undefined : first + 4 * word + (at & 3);
  };
  const places = mask.map((bits, index) => (bits === 0 ? undefined : placeOf(offset + index)));
  const wholeMask = BigInt(`0x${Buffer.from(mask).toString("hex")}`);
  return { item, field, shift, mask: wholeMask, places: places.reverse(), implied: impliedValue(name, rule) };
}

/** @throws {UserError} RULE_UNSUPPORTED: it contradicts itself */
function keyOf({ pattern }: Rule, { emptyKey, slots }: Shape): Buffer {
  const key = Buffer.from(emptyKey);
  for (const { item, field, shift, mask, places, implied } of slots) {
    const spec = pattern.find(({ name }) => name === item)?.fields[field]?.spec ?? 0n;
    let value = (spec << shift) & mask;
    if (implied !== undefined && value !== (implied & mask))
      throw contradiction(`${item}.${field} 0x${spec.toString(16)}`);
    for (const place of places) {
      if (place !== undefined) key[place] = (key[place] ?? 0) | Number(value & 0xffn);
      value >>= 8n;
    }
  }
  return key;
}

function textOfMatch({ group, priority, headers, trie, words }: XdpMatch): string {
  const fields = words.map(({ base, offset, mask }) => `${base}+${offset}&${mask.toString(16)}`);
  return `group ${group} priority ${priority} headers ${headers} ${trie ? "trie" : "hash"} ${fields.join(" ")}`;
}

/** A rule as the map has it, without its number and its frames. @param match text of what it matches */
export function ruleText(match: string, key: Buffer, value: Buffer): string {
  return `${match}: ${key.toString("hex")} ${value.toString("hex", ARGUMENT_AT, FRAMES_AT)}`;
}

export function listedRule(match: string, key: Buffer, value: Buffer): ListedRule {
  const counts = value.readUInt8(COUNTS_AT) === 1 ? { frames: Number(value.readBigUInt64LE(FRAMES_AT)) } : {};
  return { text: ruleText(match, key, value), id: value.readUInt32LE(0), ...counts };
}

export function keyBytes({ trie, words }: XdpMatch): number {
  return 4 * (Math.max(1, words.length) + (trie ? 1 : 0));
}

const HEADERS: Readonly<Record<string, number>> = {
  eth: 0,
  vlan: 1,
  ipv4: 2,
  ipv6: 4,
  tcp: 8,
  udp: 16,
  icmp: 32,
  gre: 64,
};

function headersOf({ pattern }: Rule): number {
  const names = pattern.map(({ name }) => name);
  const foreign = names.find((name) => HEADERS[name] === undefined);
  if (foreign !== undefined) throw unsupported("xdp", `match for ${foreign}`);
  for (const layer of [["eth"], ["vlan"], Object.keys(ETHER_TYPES), Object.keys(PROTOCOLS)]) {
    const [, second] = names.filter((name) => layer.includes(name));
    if (second !== undefined) throw unsupported("xdp", `match for ${second} behind another ${layer.join(" or ")}`);
  }
  return names.reduce((bits, name) => bits | (HEADERS[name] ?? 0), 0);
}

/** Where a field is: the header (as {@link XdpWord} has it), the byte, how many bytes, and its bits' distance from their end. */
type Place = readonly [base: number, offset: number, bytes: number, shift: bigint];

const PLACES: ReadonlyMap<string, Place> = new Map([
  ["eth.dst", [0, 0, 6, 0n]],
  ["eth.src", [0, 6, 6, 0n]],
  ["eth.type", [0, 12, 2, 0n]],
  ["vlan.tci", [0, 14, 2, 0n]],
  ["vlan.pcp", [0, 14, 2, 13n]],
  ["vlan.dei", [0, 14, 2, 12n]],
  ["vlan.vid", [0, 14, 2, 0n]],
  ["vlan.inner_type", [0, 16, 2, 0n]],
  ["ipv4.tos", [1, 1, 1, 0n]],
  ["ipv4.fragment_offset", [1, 6, 2, 0n]],
  ["ipv4.ttl", [1, 8, 1, 0n]],
  ["ipv4.proto", [1, 9, 1, 0n]],
  ["ipv4.src", [1, 12, 4, 0n]],
  ["ipv4.dst", [1, 16, 4, 0n]],
  ["ipv6.tc", [1, 0, 4, 20n]],
  ["ipv6.flow", [1, 0, 4, 0n]],
  ["ipv6.proto", [1, 6, 1, 0n]],
  ["ipv6.hop", [1, 7, 1, 0n]],
  ["ipv6.src", [1, 8, 16, 0n]],
  ["ipv6.dst", [1, 24, 16, 0n]],
  ["tcp.src", [2, 0, 2, 0n]],
  ["tcp.dst", [2, 2, 2, 0n]],
  ["tcp.flags", [2, 13, 1, 0n]],
  ["udp.src", [2, 0, 2, 0n]],
  ["udp.dst", [2, 2, 2, 0n]],
  ["icmp.type", [2, 0, 1, 0n]],
  ["icmp.code", [2, 1, 1, 0n]],
  ["icmp.ident", [2, 4, 2, 0n]],
  ["icmp.seq", [2, 6, 2, 0n]],
  ["gre.protocol", [2, 2, 2, 0n]],
]);

/** A field at its place. */
interface Part {
  readonly field: MatchedField;
  readonly base: number;
  readonly offset: number;
  readonly shift: bigint;
  /** Of its bytes. */
  readonly mask: readonly number[];
}

function partOf(field: MatchedField): Part {
  const place = PLACES.get(field.name);
  if (place === undefined) throw unsupported("xdp", `place for the field ${field.name}`);
  if (field.last !== undefined) throw unsupported("xdp", `range for ${field.name}: its maps have masks`);
  const [base, offset, bytes, shift] = place;
  return { field, base, offset, shift, mask: bytesOf(field.mask << shift, 8 * bytes) };
}

/** The one field that is not matched exactly, if it is a prefix of an address: a trie has it last. */
interface Prefix {
  readonly part: Part;
  /** Its last bits. */
  readonly uncounted: number;
}

function prefixOf(parts: readonly Part[]): Prefix | undefined {
  const [part, ...others] = parts.filter(({ field }) => !isExact(field));
  if (part === undefined || others.length > 0 || !["ipv4", "ipv6"].includes(part.field.kind.form)) return undefined;
  const length = prefixLength(part.field);
  return length === undefined ? undefined : { part, uncounted: part.field.kind.bits - length };
}

/** In the order of the frame, but for the words of the prefix, which come last and count as a whole. */
function wordsOf(parts: readonly Part[], prefix: Prefix | undefined): readonly XdpWord[] {
  const exact = wordsOfParts(parts.filter((part) => part !== prefix?.part));
  if (prefix === undefined) return exact;
  const whole = { ...prefix.part, mask: prefix.part.mask.map(() => 0xff) };
  return [...exact, ...wordsOfParts([whole])];
}

/** Addresses of the network headers begin at multiples of four bytes. */
function wordsOfParts(parts: readonly Part[]): readonly XdpWord[] {
  const masks = new Map<number, Buffer>();
  for (const { base, offset, mask } of parts) {
    mask.forEach((bits, index) => {
      const at = offset + index;
      const number = 64 * base + (at >> 2);
      const word = masks.get(number) ?? Buffer.alloc(4);
      masks.set(number, word);
      word[at & 3] = (word[at & 3] ?? 0) | bits;
    });
  }
  return [...masks]
    .sort(([one], [other]) => one - other)
    .map(([number, mask]) => ({ base: number >> 6, offset: 4 * (number & 63), mask: mask.readUInt32BE() }))
    .filter(({ mask }) => mask !== 0);
}

/** Of `XdpValue` in native/xdprules/rule_map.h. */
const [ARGUMENT_AT, FATE_AT, COUNTS_AT, FRAMES_AT, VALUE_BYTES] = [4, 6, 7, 8, 16] as const;

export const RULE_BYTES = VALUE_BYTES;

const FATES: Readonly<Record<string, readonly [fate: number, argument: string]>> = {
  queue: [0, "index"],
  drop: [1, ""],
  jump: [2, "group"],
};

/** A queue is one of the interface: `queue` passes or sends back, and is kept with the rule. */
function valueOf(id: number, { actions, group }: Rule): Buffer {
  const foreign = actions.find(({ name }) => name !== "count" && FATES[name] === undefined);
  if (foreign !== undefined) throw unsupported("xdp", `action ${foreign.name}: its program changes and marks no frame`);
  const [last, ...others] = actions.filter(({ name }) => name !== "count");
  if (last === undefined || others.length > 0) throw unsupported("xdp", "rule but with one of queue, drop and jump");
  const [fate, argument] = FATES[last.name] ?? [0, ""];
  const target = Number(last.values[argument] ?? 0n);
  if (target > 0xffff) throw unsupported("xdp", `${argument} ${target}: the highest is 65535`);
  if (last.name === "jump" && target <= group)
    throw unsupported("xdp", `jump from group ${group} to group ${target}: its program goes upwards only`);
  const value = Buffer.alloc(VALUE_BYTES);
  value.writeUInt32LE(id, 0);
  value.writeUInt16LE(target, ARGUMENT_AT);
  value.writeUInt8(fate, FATE_AT);
  value.writeUInt8(actions.some(({ name }) => name === "count") ? 1 : 0, COUNTS_AT);
  return value;
}

const ETHER_TYPES: Readonly<Record<string, bigint>> = { ipv4: 0x0800n, ipv6: 0x86ddn };
const PROTOCOLS: Readonly<Record<string, bigint>> = { icmp: 1n, tcp: 6n, udp: 17n, gre: 47n };

/** What the headers that the rule asks for say of a field before them. */
function impliedValue(field: string, { pattern }: Rule): bigint | undefined {
  const names = pattern.map(({ name }) => name);
  const ofNext = (of: Readonly<Record<string, bigint>>): bigint | undefined =>
    names.map((name) => of[name]).find((value) => value !== undefined);
  if (field === (names.includes("vlan") ? "vlan.inner_type" : "eth.type")) return ofNext(ETHER_TYPES);
  return field.endsWith(".proto") ? ofNext(PROTOCOLS) : undefined;
}

function contradiction(what: string): UserError {
  return new UserError(
    "RULE_UNSUPPORTED",
    `No frame can have ${what} and the headers that the rule asks for.`,
    "Correct the rule's items.",
  );
}
