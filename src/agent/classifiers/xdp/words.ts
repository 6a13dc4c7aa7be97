/** Rules as entries of BPF maps: what rules of a map have in common, and a rule's own key and value. */
import { UserError } from "../../../errors.js";
import { unsupported } from "../classifier.js";
import { bytesOf, fieldsOf, isExact, prefixLength, type MatchedField } from "../fields.js";
import type { XdpMatch, XdpWord } from "../../../native/xdp.js";
import type { Rule } from "../../../rules/rule.js";
import type { Entry, ListedRule } from "../classifier.js";

export interface Encoded {
  readonly match: XdpMatch;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** @throws {UserError} RULE_UNSUPPORTED */
export function encode({ id, rule }: Entry): Encoded {
  refuseContradictions(rule);
  const headers = headersOf(rule);
  const parts = fieldsOf(rule).map(partOf);
  const prefix = prefixOf(parts);
  const words = wordsOf(parts, prefix);
  const spec = Buffer.alloc(4 * Math.max(1, words.length));
  words.forEach((word, index) => spec.writeUInt32BE(word.spec, 4 * index));
  return {
    match: {
      group: rule.group,
      priority: rule.priority,
      headers,
      trie: prefix !== undefined,
      words: words.map(({ base, offset, mask }) => ({ base, offset, mask })),
    },
    key: prefix === undefined ? spec : Buffer.concat([hostOrder(32 * words.length - prefix.uncounted), spec]),
    value: valueOf(id, rule),
  };
}

/** The same for rules that go into one map. */
export function matchText({ group, priority, headers, trie, words }: XdpMatch): string {
  const fields = words.map(({ base, offset, mask }) => `${base}+${offset}&${mask.toString(16)}`);
  return `group ${group} priority ${priority} headers ${headers} ${trie ? "trie" : "hash"} ${fields.join(" ")}`;
}

/** A rule as the map has it, without its number and its frames. */
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
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw unsupported("xdp", `match for a second ${twice}`);
  return names.reduce((bits, name) => bits | (HEADERS[name] ?? 0), 0);
}

/** Where a field is: the header (as {@link XdpWord} has it), the byte, how many bytes, and its bits' distance from their end. */
type Place = readonly [base: number, offset: number, bytes: number, shift: number];

const PLACES: ReadonlyMap<string, Place> = new Map([
  ["eth.dst", [0, 0, 6, 0]],
  ["eth.src", [0, 6, 6, 0]],
  ["eth.type", [0, 12, 2, 0]],
  ["vlan.tci", [0, 14, 2, 0]],
  ["vlan.pcp", [0, 14, 2, 13]],
  ["vlan.dei", [0, 14, 2, 12]],
  ["vlan.vid", [0, 14, 2, 0]],
  ["vlan.inner_type", [0, 16, 2, 0]],
  ["ipv4.tos", [1, 1, 1, 0]],
  ["ipv4.fragment_offset", [1, 6, 2, 0]],
  ["ipv4.ttl", [1, 8, 1, 0]],
  ["ipv4.proto", [1, 9, 1, 0]],
  ["ipv4.src", [1, 12, 4, 0]],
  ["ipv4.dst", [1, 16, 4, 0]],
  ["ipv6.tc", [1, 0, 4, 20]],
  ["ipv6.flow", [1, 0, 4, 0]],
  ["ipv6.proto", [1, 6, 1, 0]],
  ["ipv6.hop", [1, 7, 1, 0]],
  ["ipv6.src", [1, 8, 16, 0]],
  ["ipv6.dst", [1, 24, 16, 0]],
  ["tcp.src", [2, 0, 2, 0]],
  ["tcp.dst", [2, 2, 2, 0]],
  ["tcp.flags", [2, 13, 1, 0]],
  ["udp.src", [2, 0, 2, 0]],
  ["udp.dst", [2, 2, 2, 0]],
  ["icmp.type", [2, 0, 1, 0]],
  ["icmp.code", [2, 1, 1, 0]],
  ["icmp.ident", [2, 4, 2, 0]],
  ["icmp.seq", [2, 6, 2, 0]],
  ["gre.protocol", [2, 2, 2, 0]],
]);

/** A field at its place. */
interface Part {
  readonly field: MatchedField;
  readonly base: number;
  readonly offset: number;
  readonly spec: readonly number[];
  readonly mask: readonly number[];
}

function partOf(field: MatchedField): Part {
  const place = PLACES.get(field.name);
  if (place === undefined) throw unsupported("xdp", `place for the field ${field.name}`);
  if (field.last !== undefined) throw unsupported("xdp", `range for ${field.name}: its maps have masks`);
  const [base, offset, bytes, shift] = place;
  const inPlace = (value: bigint): readonly number[] => bytesOf(value << BigInt(shift), 8 * bytes);
  return { field, base, offset, spec: inPlace(field.spec & field.mask), mask: inPlace(field.mask) };
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

type SpecifiedWord = XdpWord & { readonly spec: number };

/** In the order of the frame, but for the words of the prefix, which come last and count as a whole. */
function wordsOf(parts: readonly Part[], prefix: Prefix | undefined): readonly SpecifiedWord[] {
  const exact = wordsOfParts(parts.filter((part) => part !== prefix?.part));
  if (prefix === undefined) return exact;
  const whole = { ...prefix.part, mask: prefix.part.mask.map(() => 0xff) };
  return [...exact, ...wordsOfParts([whole])];
}

/** Addresses of the network headers begin at multiples of four bytes. */
function wordsOfParts(parts: readonly Part[]): readonly SpecifiedWord[] {
  const words = new Map<number, { readonly spec: Buffer; readonly mask: Buffer }>();
  for (const { base, offset, spec, mask } of parts) {
    mask.forEach((bits, index) => {
      const at = offset + index;
      const number = 64 * base + (at >> 2);
      const word = words.get(number) ?? { spec: Buffer.alloc(4), mask: Buffer.alloc(4) };
      words.set(number, word);
      word.mask[at & 3] = (word.mask[at & 3] ?? 0) | bits;
      word.spec[at & 3] = (word.spec[at & 3] ?? 0) | (spec[index] ?? 0);
    });
  }
  return [...words]
    .sort(([one], [other]) => one - other)
    .map(([number, word]) => ({
      base: number >> 6,
      offset: 4 * (number & 63),
      mask: word.mask.readUInt32BE(),
      spec: word.spec.readUInt32BE(),
    }))
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

function hostOrder(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(number);
  return bytes;
}

const ETHER_TYPES: Readonly<Record<string, bigint>> = { ipv4: 0x0800n, ipv6: 0x86ddn };
const PROTOCOLS: Readonly<Record<string, bigint>> = { icmp: 1n, tcp: 6n, udp: 17n, gre: 47n };

/** Headers that follow must be those that the types and protocols before them name. */
function refuseContradictions(rule: Rule): void {
  const names = rule.pattern.map(({ name }) => name);
  const implied = (of: Readonly<Record<string, bigint>>): readonly bigint[] => names.flatMap((name) => of[name] ?? []);
  const [types, protocols] = [implied(ETHER_TYPES), implied(PROTOCOLS)];
  const typeField = names.includes("vlan") ? "vlan.inner_type" : "eth.type";
  for (const { name, spec, mask } of fieldsOf(rule)) {
    const wanted = name === typeField ? types : name.endsWith(".proto") ? protocols : [];
    if (wanted.some((value) => ((value ^ spec) & mask) !== 0n)) throw contradiction(`${name} 0x${spec.toString(16)}`);
  }
  if (types.length > 1 || protocols.length > 1) throw contradiction(names.join(" / "));
}

function contradiction(what: string): UserError {
  return new UserError(
    "RULE_UNSUPPORTED",
    `No frame can have ${what} and the headers that the rule asks for.`,
    "Correct the rule's items.",
  );
}
