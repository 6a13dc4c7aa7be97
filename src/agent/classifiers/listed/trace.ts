/**
 * Frames for listed rules: a share of them are made for a rule each, in turn, so that it takes them unless a stronger one does. The
 * others are those of profile uniform, which rules may take as well. In random order, as a capture.
 *
 * After ClassBench's trace generator, without its locality of reference: what flows come again is not what is asked here.
 */
import { UserError } from "../../../errors.js";
import { seededRandom } from "../../../statistics/random.js";
import { ITEMS } from "../../../rules/vocabulary.js";
import { openBatchFile } from "../batch_file.js";
import { frameOf } from "../conformance/frame.js";
import type { FieldMatch, PatternItem, Rule } from "../../../rules/rule.js";

export interface TraceOptions {
  /** Different ones that there are, in all. */
  readonly frames: number;
  /** Of those, made for rules; in [0, 1]. */
  readonly share: number;
  /** Of a frame with FCS; longer where headers and a probe need it. */
  readonly bytes: number;
  readonly seed: number;
}

/** The generator's frames have the addresses of its own ports, and metadata is set by rules. */
const NOT_IN_FRAMES = /^(eth\.(src|dst)|(meta|tag|mark)\..*)$/;

/** Whether a frame of the generator can be such that the rule takes it. */
export function canBeMatched({ group, pattern, actions }: Rule): boolean {
  const isInner = (index: number): boolean => pattern.slice(0, index).some(({ name }) => TUNNELS.includes(name));
  return (
    group === 0 &&
    actions.every(({ name }) => name !== "jump") &&
    pattern.every(({ name, fields }, index) =>
      Object.keys(fields).every((field) => isInner(index) || !NOT_IN_FRAMES.test(`${name}.${field}`)),
    )
  );
}

const TUNNELS = ["vxlan", "gre", "geneve"];

/** Calls `use` with the path of the capture, which is gone afterwards, also if this process is killed. @throws {UserError} RULES_TRACE */
export async function withTrace<T>(
  rules: readonly Rule[],
  options: TraceOptions,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const file = openBatchFile();
  try {
    file.write(captureOf(traceOf(rules, options)));
    return await use(file.path);
  } finally {
    file.close();
  }
}

/** @throws {UserError} RULES_TRACE: none of the rules can be matched */
export function traceOf(rules: readonly Rule[], { frames, share, bytes, seed }: TraceOptions): readonly Buffer[] {
  const random = seededRandom(seed);
  const matched = Math.round(frames * share);
  const targets = rules.filter(canBeMatched);
  if (matched > 0 && targets.length === 0) throw noneToMatch();
  const trace = Array.from({ length: frames }, (_, index) => {
    const rule = index < matched ? targets[index % targets.length] : undefined;
    return sized(rule === undefined ? plainPattern(random) : patternOf(rule, random), bytes);
  });
  return shuffled(trace, random);
}

function noneToMatch(): UserError {
  return new UserError(
    "RULES_TRACE",
    "No frame of the generator can match any of the listed rules: they are in groups that others jump to, or match its own MAC addresses or metadata.",
    "Use match_share: 0%, or other rules.",
  );
}

type Random = () => number;

function plainPattern(random: Random): readonly PatternItem[] {
  return completed([item("eth"), item("ipv4"), item("udp")], random);
}

/** As the rule wants it, with random values where it does not care. */
function patternOf({ pattern }: Rule, random: Random): readonly PatternItem[] {
  const headers = pattern.filter(({ name }) => !["meta", "tag", "mark"].includes(name));
  const begun = headers[0]?.name === "eth" ? headers : [item("eth"), ...headers];
  return completed([...begun, ...missing(begun)], random);
}

/** So that there is an IP packet with room for a probe, unless the rule wants another protocol. */
function missing(headers: readonly PatternItem[]): readonly PatternItem[] {
  const end = headers.at(-1) ?? item("eth");
  switch (end.name) {
    case "eth":
    case "vlan":
      return "type" in end.fields || "inner_type" in end.fields ? [] : [item("ipv4"), item("udp")];
    case "ipv4":
    case "ipv6":
      return "proto" in end.fields ? [] : [item("udp")];
    case "vxlan":
      return [item("eth"), item("ipv4"), item("udp")];
    case "gre":
    case "geneve":
      return "protocol" in end.fields ? [] : [item("ipv4"), item("udp")];
    default:
      return [];
  }
}

function item(name: string): PatternItem {
  return { name, fields: {} };
}

/** Fields that differ between frames where a rule does not look at them, with prefixes that they have then: as profile uniform. */
const FREE: Readonly<Record<string, Readonly<Record<string, FieldMatch>>>> = {
  ipv4: { src: { spec: 0x0a00_0000n, mask: 0xff00_0000n }, dst: { spec: 0xc0a8_0000n, mask: 0xffff_0000n } },
  tcp: { src: { spec: 1024n, last: 65_535n }, dst: { spec: 1024n, last: 65_535n } },
};

function completed(pattern: readonly PatternItem[], random: Random): readonly PatternItem[] {
  return pattern.map(({ name, fields }, index) => {
    // The port of a tunnel is what tells that there is one.
    const isOfTunnel = name === "udp" && ["vxlan", "geneve"].includes(pattern[index + 1]?.name ?? "");
    const free = isOfTunnel ? {} : FREE[name === "udp" ? "tcp" : name];
    const values = Object.entries({ ...free, ...fields }).map(([field, match]) => {
      const bits = ITEMS.get(name)?.get(field)?.bits ?? 0;
      return [field, { spec: valueFor(match, bits, random) }] as const;
    });
    return { name, fields: Object.fromEntries(values) };
  });
}

function valueFor({ spec = 0n, last, mask }: FieldMatch, bits: number, random: Random): bigint {
  const all = (1n << BigInt(bits)) - 1n;
  const seen = mask ?? all;
  if (last !== undefined) return spec + (bitsFrom(random, 64) % (last - spec + 1n));
  return (spec & seen) | (bitsFrom(random, bits) & all & ~seen);
}

function bitsFrom(random: Random, bits: number): bigint {
  let value = 0n;
  for (let done = 0; done < bits; done += 32) value = (value << 32n) | BigInt(Math.floor(random() * 2 ** 32));
  return value;
}

const FCS_BYTES = 4;
/** Sequence number and time. */
const PROBE_BYTES = 16;

function sized(pattern: readonly PatternItem[], bytes: number): Buffer {
  const headers = frameOf(pattern, { payload: 0, least: 0 }).length;
  return frameOf(pattern, { payload: Math.max(PROBE_BYTES, bytes - FCS_BYTES - headers) });
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const result = [...items];
  for (let end = result.length - 1; end > 0; end -= 1) {
    const other = Math.floor(random() * (end + 1));
    [result[end], result[other]] = [result[other] as T, result[end] as T];
  }
  return result;
}

const MICROSECONDS = 0xa1b2_c3d4;
const ETHERNET = 1;
const SNAP_LENGTH = 0xffff;

/** A classic pcap file, with a frame each microsecond. */
export function captureOf(frames: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(MICROSECONDS, 0);
  header.writeUInt16LE(2, 4); // version 2.4
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(SNAP_LENGTH, 16);
  header.writeUInt32LE(ETHERNET, 20);
  const records = frames.flatMap((frame, index) => {
    const record = Buffer.alloc(16);
    record.writeUInt32LE(Math.floor(index / 1e6), 0);
    record.writeUInt32LE(index % 1e6, 4);
    record.writeUInt32LE(frame.length, 8);
    record.writeUInt32LE(frame.length, 12);
    return [record, frame];
  });
  return Buffer.concat([header, ...records]);
}
