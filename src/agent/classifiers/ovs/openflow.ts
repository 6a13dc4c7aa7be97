/** Messages of OpenFlow 1.4 (ONF TS-012), as far as rules in bundles, their counters and frames need them. */

export const TYPE = {
  hello: 0,
  error: 1,
  echoRequest: 2,
  echoReply: 3,
  packetOut: 13,
  flowMod: 14,
  multipartRequest: 18,
  multipartReply: 19,
  barrierRequest: 20,
  bundleControl: 33,
  bundleAdd: 34,
} as const;

export interface Message {
  readonly type: number;
  readonly xid: number;
  readonly body: Buffer;
}

export const HEADER_BYTES = 8;
const VERSION_1_4 = 5;

/** §7.1: the header, with the length of all. */
export function message(type: number, xid: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(VERSION_1_4, 0);
  header.writeUInt8(type, 1);
  header.writeUInt16BE(HEADER_BYTES + body.length, 2);
  header.writeUInt32BE(xid, 4);
  return Buffer.concat([header, body]);
}

/** §7.3.4.2. `*-strict` changes the rule that has this match and priority; adding one replaces it. */
export const COMMAND = { add: 0, modifyStrict: 2, deleteStrict: 4 } as const;

const NO_BUFFER = 0xffff_ffff;
const ANY = 0xffff_ffff;

export interface FlowMod {
  readonly command: number;
  readonly cookie: number;
  readonly table: number;
  /** The highest wins. */
  readonly priority: number;
  /** §7.2.3, with its padding. */
  readonly match: Buffer;
  readonly instructions: Buffer;
}

/** §7.3.4.2 */
export function flowMod(xid: number, { command, cookie, table, priority, match, instructions }: FlowMod): Buffer {
  const fixed = Buffer.alloc(40);
  fixed.writeBigUInt64BE(BigInt(cookie), 0);
  fixed.writeUInt8(table, 16);
  fixed.writeUInt8(command, 17);
  fixed.writeUInt16BE(priority, 22);
  fixed.writeUInt32BE(NO_BUFFER, 24);
  fixed.writeUInt32BE(ANY, 28);
  fixed.writeUInt32BE(ANY, 32);
  return message(TYPE.flowMod, xid, Buffer.concat([fixed, match, instructions]));
}

const CONTROL = { openRequest: 0, commitRequest: 4, discardRequest: 6 } as const;
const ATOMIC_AND_ORDERED = 3;
const BUNDLE = 1;

/**
 * §7.3.9: a bundle with all its messages, which do nothing yet. What is wrong with one is answered with an error, and does
 * not keep the others from being committed.
 *
 * @param xid of the messages; the next is that of the barrier (§7.3.8) whose answer comes after all errors
 */
export function openBundle(xid: number, messages: readonly Buffer[]): Buffer {
  return Buffer.concat([
    message(TYPE.bundleControl, xid, bundleHeader(CONTROL.openRequest)),
    ...messages.map((each) => message(TYPE.bundleAdd, xid, Buffer.concat([bundleHeader(0), each]))),
    message(TYPE.barrierRequest, xid + 1),
  ]);
}

/** commitRequest: all messages in order, or none. */
export function endBundle(xid: number, how: "commitRequest" | "discardRequest"): Buffer {
  return message(TYPE.bundleControl, xid, bundleHeader(CONTROL[how]));
}

/** Bundle number, type (padding in additions), flags. */
function bundleHeader(type: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(BUNDLE, 0);
  header.writeUInt16BE(type, 4);
  header.writeUInt16BE(ATOMIC_AND_ORDERED, 6);
  return header;
}

const FLOW_STATS = 1;
const AGGREGATE = 2;
const ALL_TABLES = 0xff;
const ALL_BITS = 0xffff_ffff_ffff_ffffn;

/** §7.3.5.2: all rules with their counters. */
export function flowStatsRequest(xid: number): Buffer {
  return statsRequest(xid, FLOW_STATS);
}

/** §7.3.5.3: the counters of all rules with that cookie, together. */
export function aggregateRequest(xid: number, cookie: number): Buffer {
  return statsRequest(xid, AGGREGATE, cookie);
}

/** Without a cookie, of any. */
function statsRequest(xid: number, kind: number, cookie?: number): Buffer {
  const body = Buffer.alloc(40);
  body.writeUInt16BE(kind, 0);
  body.writeUInt8(ALL_TABLES, 8);
  body.writeUInt32BE(ANY, 12);
  body.writeUInt32BE(ANY, 16);
  if (cookie !== undefined) {
    body.writeBigUInt64BE(BigInt(cookie), 24);
    body.writeBigUInt64BE(ALL_BITS, 32);
  }
  return message(TYPE.multipartRequest, xid, Buffer.concat([body, matchOf()]));
}

/** Frames in the answer to {@link aggregateRequest}. */
export function aggregateFrames(body: Buffer): number {
  return Number(body.readBigUInt64BE(8));
}

export interface FlowStats extends Omit<FlowMod, "command"> {
  readonly frames: number;
}

/** The rules of one part of the answer, `more` if another part follows. */
export function flowStats(body: Buffer): { readonly flows: readonly FlowStats[]; readonly more: boolean } {
  const flows: FlowStats[] = [];
  for (let at = 8; at + 48 <= body.length;) {
    const length = body.readUInt16BE(at);
    flows.push(oneFlow(body.subarray(at, at + length)));
    at += length;
  }
  return { flows, more: hasMore(body) };
}

/** §7.3.5: flag OFPMPF_REPLY_MORE. */
export function hasMore(body: Buffer): boolean {
  return (body.readUInt16BE(2) & 1) === 1;
}

function oneFlow(entry: Buffer): FlowStats {
  const matchBytes = padded(entry.readUInt16BE(50));
  return {
    table: entry.readUInt8(2),
    priority: entry.readUInt16BE(12),
    cookie: Number(entry.readBigUInt64BE(24)),
    frames: Number(entry.readBigUInt64BE(32)),
    match: entry.subarray(48, 48 + matchBytes),
    instructions: entry.subarray(48 + matchBytes),
  };
}

/** §7.2.3.1: fields, with type, length and padding; without fields, of every frame. */
export function matchOf(fields: Buffer = Buffer.alloc(0)): Buffer {
  const length = 4 + fields.length;
  const match = Buffer.alloc(padded(length));
  match.writeUInt16BE(1, 0);
  match.writeUInt16BE(length, 2);
  fields.copy(match, 4);
  return match;
}

/** The fields of a match. */
export function fieldsIn(match: Buffer): Buffer {
  return match.subarray(4, match.readUInt16BE(2));
}

/** To a multiple of eight. */
export function padded(length: number): number {
  return Math.ceil(length / 8) * 8;
}

/** §7.2.4 */
export function applyActions(actions: readonly Buffer[]): Buffer {
  if (actions.length === 0) return Buffer.alloc(0);
  const body = Buffer.concat(actions);
  const header = Buffer.alloc(8);
  header.writeUInt16BE(4, 0);
  header.writeUInt16BE(8 + body.length, 2);
  return Buffer.concat([header, body]);
}

export function gotoTable(table: number): Buffer {
  return Buffer.from([0, 1, 0, 8, table, 0, 0, 0]);
}

/** §7.2.5 */
export function output(port: number): Buffer {
  const action = Buffer.alloc(16);
  action.writeUInt16BE(16, 2);
  action.writeUInt32BE(port, 4);
  return action;
}

export function setField(field: Buffer): Buffer {
  const action = Buffer.alloc(padded(4 + field.length));
  action.writeUInt16BE(25, 0);
  action.writeUInt16BE(action.length, 2);
  field.copy(action, 4);
  return action;
}

/** §7.2.5: the port that the frame came in by. */
export const IN_PORT = 0xffff_fff8;

/**
 * Open vSwitch's `move` (NXAST_REG_MOVE in its nicira-ext.h): copies a field.
 *
 * @param source class, number and length of the field, as in a match without mask
 */
export function move(source: readonly number[], destination: readonly number[], bits: number): Buffer {
  const action = Buffer.alloc(24);
  action.writeUInt16BE(0xffff, 0);
  action.writeUInt16BE(action.length, 2);
  action.writeUInt32BE(0x2320, 4);
  action.writeUInt16BE(6, 8);
  action.writeUInt16BE(bits, 10);
  Buffer.from(source).copy(action, 16);
  Buffer.from(destination).copy(action, 20);
  return action;
}

const COMMIT = 1;

/**
 * Open vSwitch's `ct(commit,table=…)` (NXAST_CT in its ofp-actions.c), in zone 0: a copy of the frame goes on in the table, with the state
 * of its connection, which is in the tracker's table from then on.
 */
export function track(table: number): Buffer {
  const action = Buffer.alloc(24);
  action.writeUInt16BE(0xffff, 0);
  action.writeUInt16BE(action.length, 2);
  action.writeUInt32BE(0x2320, 4);
  action.writeUInt16BE(35, 8);
  action.writeUInt16BE(COMMIT, 10);
  action.writeUInt8(table, 18);
  return action;
}

const FROM_CONTROLLER = 0xffff_fffd;
const THROUGH_TABLES = 0xffff_fff9;

/** §7.3.6: a frame that goes through the tables as if it had come in. */
export function packetOut(xid: number, frame: Uint8Array): Buffer {
  const actions = output(THROUGH_TABLES);
  const fixed = Buffer.alloc(16);
  fixed.writeUInt32BE(NO_BUFFER, 0);
  fixed.writeUInt32BE(FROM_CONTROLLER, 4);
  fixed.writeUInt16BE(actions.length, 8);
  return message(TYPE.packetOut, xid, Buffer.concat([fixed, actions, frame]));
}

/** §7.5.4, table names left out: `BAD_MATCH: BAD_PREREQ`. */
export function errorText(body: Buffer): string {
  const [type, code] = [body.readUInt16BE(0), body.readUInt16BE(2)];
  const [name, codes] = ERRORS.get(type) ?? [`error type ${type}`, []];
  return `${name}: ${codes[code] ?? `code ${code}`}`;
}

const ERRORS: ReadonlyMap<number, readonly [string, readonly string[]]> = new Map([
  [1, ["BAD_REQUEST", []]],
  [2, ["BAD_ACTION", ["BAD_TYPE", "BAD_LEN", "BAD_EXPERIMENTER", "BAD_EXP_TYPE", "BAD_OUT_PORT", "BAD_ARGUMENT"]]],
  [3, ["BAD_INSTRUCTION", ["UNKNOWN_INST", "UNSUP_INST", "BAD_TABLE_ID"]]],
  [
    4,
    [
      "BAD_MATCH",
      [
        "BAD_TYPE",
        "BAD_LEN",
        "BAD_TAG",
        "BAD_DL_ADDR_MASK",
        "BAD_NW_ADDR_MASK",
        "BAD_WILDCARDS",
        "BAD_FIELD",
        "BAD_VALUE",
        "BAD_MASK",
        "BAD_PREREQ",
        "DUP_FIELD",
      ],
    ],
  ],
  [5, ["FLOW_MOD_FAILED", ["UNKNOWN", "TABLE_FULL", "BAD_TABLE_ID", "OVERLAP", "EPERM", "BAD_TIMEOUT"]]],
  [17, ["BUNDLE_FAILED", ["UNKNOWN", "EPERM", "BAD_ID", "BUNDLE_EXIST", "BUNDLE_CLOSED", "OUT_OF_BUNDLES"]]],
]);
