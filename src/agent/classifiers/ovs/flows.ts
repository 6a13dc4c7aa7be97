/** Rules as flows of OpenFlow 1.4, with the extensions of Open vSwitch for marks and registers (ovs-fields(7)). */
import { bareItems, bytesOf, fieldsOf, isExact, type MatchedField } from "../fields.js";
import { unsupported } from "../classifier.js";
import {
  applyActions,
  fieldsIn,
  gotoTable,
  IN_PORT,
  matchOf,
  move,
  output,
  setField,
  track,
  type FlowMod,
} from "./openflow.js";
import type { Action, Rule } from "../../../rules/rule.js";
import type { Entry } from "../classifier.js";

export type Flow = Omit<FlowMod, "command">;

/** Priority 0 of a rule, which wins over higher numbers. */
const HIGHEST_PRIORITY = 0x8000;

/**
 * @param sendsBack frames that a rule sends to a queue go on to {@link SENDING_TABLE}, with the queue in a register, and those
 *   that it drops to {@link DROPPING_TABLE}
 * @throws {UserError} RULE_UNSUPPORTED
 */
export function flowOf({ id, rule }: Entry, sendsBack = false): Flow {
  const { group, priority } = rule;
  if (group > LAST_TABLE) throw unsupported("Open vSwitch", `group ${group}: its tables are 0 to ${LAST_TABLE}`);
  if (priority >= HIGHEST_PRIORITY) throw unsupported("Open vSwitch", `priority ${priority}`);
  return {
    cookie: cookieOf(id),
    table: group,
    priority: HIGHEST_PRIORITY - priority,
    match: matchOf(Buffer.concat(tlvsOf(rule).map(encode))),
    instructions: sendsBack ? sendingInstructionsOf(rule) : instructionsOf(rule),
  };
}

/** Table 254 is Open vSwitch's own. */
const LAST_TABLE = 253;
/** Behind all groups that a point may have. */
export const SENDING_TABLE = LAST_TABLE;
export const DROPPING_TABLE = LAST_TABLE - 1;

/** 0 is for what no entry made. */
function cookieOf(id: number): number {
  return id + 1;
}

export function idOf({ cookie }: Pick<Flow, "cookie">): number {
  return cookie - 1;
}

/** The same for a flow and for what Open vSwitch lists of it, which may order fields otherwise. */
export function flowText({ cookie, table, priority, match, instructions }: Flow): string {
  const fields = split(fieldsIn(match)).sort().join(",");
  return `cookie=${cookie} table=${table} priority=${priority} match=${fields} instructions=${instructions.toString("hex")}`;
}

function split(fields: Buffer): string[] {
  const parts: string[] = [];
  for (let at = 0; at < fields.length;) {
    const end = at + 4 + fields.readUInt8(at + 3);
    parts.push(fields.toString("hex", at, end));
    at = end;
  }
  return parts;
}

/** Class and number of a field, and its length in bytes. */
type FieldType = readonly [type: number, field: number, bytes: number];

interface Tlv {
  readonly type: FieldType;
  readonly value: bigint;
  readonly mask?: bigint;
}

const BASIC = 0x8000;
const EXTENDED = 0x0001;

const ETH_DST: FieldType = [BASIC, 3, 6];
const ETH_SRC: FieldType = [BASIC, 4, 6];
const ETH_TYPE: FieldType = [BASIC, 5, 2];
const VLAN_VID: FieldType = [BASIC, 6, 2];
const IP_PROTO: FieldType = [BASIC, 10, 1];

const FIELDS: ReadonlyMap<string, FieldType> = new Map([
  ["eth.dst", ETH_DST],
  ["eth.src", ETH_SRC],
  ["eth.type", ETH_TYPE],
  ["vlan.vid", VLAN_VID],
  ["vlan.pcp", [BASIC, 7, 1]],
  ["vlan.inner_type", ETH_TYPE],
  ["ipv4.src", [BASIC, 11, 4]],
  ["ipv4.dst", [BASIC, 12, 4]],
  ["ipv4.ttl", [EXTENDED, 29, 1]],
  ["ipv4.proto", IP_PROTO],
  ["ipv6.src", [BASIC, 26, 16]],
  ["ipv6.dst", [BASIC, 27, 16]],
  ["ipv6.flow", [BASIC, 28, 4]],
  ["ipv6.hop", [EXTENDED, 29, 1]],
  ["ipv6.proto", IP_PROTO],
  ["tcp.src", [BASIC, 13, 2]],
  ["tcp.dst", [BASIC, 14, 2]],
  ["tcp.flags", [EXTENDED, 34, 2]],
  ["udp.src", [BASIC, 15, 2]],
  ["udp.dst", [BASIC, 16, 2]],
  ["icmp.type", [BASIC, 19, 1]],
  ["icmp.code", [BASIC, 20, 1]],
  ["meta.data", [BASIC, 2, 8]],
  ["tag.data", [EXTENDED, 0, 4]],
  ["mark.id", [EXTENDED, 33, 4]],
]);

/** §7.2.3.8: a tag is there. */
const VLAN_PRESENT = 0x1000n;

/** What a header of the item presupposes (§7.2.3.6). */
const HEADERS: ReadonlyMap<string, readonly Tlv[]> = new Map([
  ["eth", []],
  ["vlan", [{ type: VLAN_VID, value: VLAN_PRESENT, mask: VLAN_PRESENT }]],
  ["ipv4", [{ type: ETH_TYPE, value: 0x0800n }]],
  ["ipv6", [{ type: ETH_TYPE, value: 0x86ddn }]],
  ["tcp", [{ type: IP_PROTO, value: 6n }]],
  ["udp", [{ type: IP_PROTO, value: 17n }]],
  ["icmp", [{ type: IP_PROTO, value: 1n }]],
  ["gre", [{ type: IP_PROTO, value: 47n }]],
  ["meta", []],
  ["tag", []],
  ["mark", []],
]);

/** Prerequisites before what needs them; each field once, the value that says more. */
function tlvsOf(rule: Rule): readonly Tlv[] {
  const headers = rule.pattern.flatMap(({ name }) => {
    const header = HEADERS.get(name);
    if (header === undefined) throw unsupported("Open vSwitch", `match for ${name} but behind a port of a tunnel`);
    return header;
  });
  if (bareItems(rule).some((item) => ["meta", "tag", "mark"].includes(item)))
    throw unsupported("Open vSwitch", "test whether there is metadata: it is 0 if it was not set");
  const byField = new Map<string, Tlv>();
  for (const tlv of [...headers, ...fieldsOf(rule).map(tlvOf)]) byField.set(tlv.type.join("."), tlv);
  return [...byField.values()];
}

/** Bits of ct_state (ovs-fields(7)). */
const [INVALID, TRACKED] = [0x10n, 0x20n];
const CT_STATE: FieldType = [EXTENDED, 105, 4];

/** Above all rules: frames of IP go through the connection tracker, and then on in group 0; those that it takes for invalid are dropped. */
export function trackFirst(cookie: number, invalidCookie: number): readonly Flow[] {
  const untracked: Tlv = { type: CT_STATE, value: 0n, mask: TRACKED };
  const invalid: Tlv = { type: CT_STATE, value: INVALID, mask: INVALID };
  const first = (headers: readonly Tlv[]): Flow => ({
    cookie,
    table: 0,
    priority: HIGHEST_PRIORITY + 2,
    match: matchOf(Buffer.concat([...headers, untracked].map(encode))),
    instructions: applyActions([track(0)]),
  });
  return [
    ...["ipv4", "ipv6"].map((item) => first(HEADERS.get(item) ?? [])),
    {
      cookie: invalidCookie,
      table: 0,
      priority: HIGHEST_PRIORITY + 1,
      match: matchOf(encode(invalid)),
      instructions: Buffer.alloc(0),
    },
  ];
}

function tlvOf(field: MatchedField): Tlv {
  const { name, spec, mask, last } = field;
  const type = FIELDS.get(name);
  if (type === undefined) throw unsupported("Open vSwitch", `field for ${name}`);
  if (last !== undefined) throw unsupported("Open vSwitch", `range for ${name}`);
  const present = name === "vlan.vid" ? VLAN_PRESENT : 0n;
  const value = (spec & mask) | present;
  return isExact(field) ? { type, value } : { type, value, mask: mask | present };
}

/** §7.2.3.2 */
function encode({ type: [type, field, bytes], value, mask }: Tlv): Buffer {
  const values = [value, ...(mask === undefined ? [] : [mask])].flatMap((each) => bytesOf(each, 8 * bytes));
  const [high, low, number] = headerOf([type, field, bytes]);
  const masked = mask === undefined ? 0 : 1;
  return Buffer.from([high, low, number | masked, values.length, ...values]);
}

/** Without a mask. */
function headerOf([type, field, bytes]: FieldType): readonly [number, number, number, number] {
  return [type >>> 8, type & 0xff, field << 1, bytes];
}

function instructionsOf(rule: Rule): Buffer {
  const [jump] = rule.actions.filter(({ name }) => name === "jump");
  const actions = rule.actions.filter(({ name }) => name !== "jump").flatMap((action) => actionOf(action, rule));
  const go = jump === undefined ? [] : [gotoTable(Number(jump.values["group"] ?? 0n))];
  return Buffer.concat([applyActions(actions), ...go]);
}

const QUEUE_REGISTER: FieldType = [EXTENDED, 1, 4];

function sendingInstructionsOf(rule: Rule): Buffer {
  const settings = rule.actions
    .filter(({ name }) => name !== "drop")
    .flatMap((action) =>
      action.name === "queue"
        ? [setField(encode({ type: QUEUE_REGISTER, value: action.values["index"] ?? 0n }))]
        : actionOf(action, rule),
    );
  const drops = rule.actions.some(({ name }) => name === "drop");
  return Buffer.concat([applyActions(settings), gotoTable(drops ? DROPPING_TABLE : SENDING_TABLE)]);
}

/** Exchanges the addresses of a frame to us, as the software NIC's application does, and sends it to where it came from. */
export function sendBack(ourMac: bigint): Buffer {
  return applyActions([
    move(headerOf(ETH_SRC), headerOf(ETH_DST), 48),
    setField(encode({ type: ETH_SRC, value: ourMac })),
    output(IN_PORT),
  ]);
}

/** A queue is a port: this is how a software switch sorts frames. Every flow counts. */
function actionOf({ name, values }: Action, rule: Rule): readonly Buffer[] {
  switch (name) {
    case "drop":
    case "count":
      return [];
    case "queue":
      return [output(Number(values["index"] ?? 0n))];
    case "port_id":
      return [output(Number(values["id"] ?? 0n))];
    default:
      return [setField(settingOf(name, values, rule))];
  }
}

/** Actions that set a field: their argument, and the field. */
const SETTINGS: ReadonlyMap<string, readonly [argument: string, field: string]> = new Map([
  ["mark", ["id", "mark.id"]],
  ["set_meta", ["data", "meta.data"]],
  ["set_tag", ["data", "tag.data"]],
  ["set_mac_src", ["mac_addr", "eth.src"]],
  ["set_mac_dst", ["mac_addr", "eth.dst"]],
  ["set_ipv4_src", ["ipv4_addr", "ipv4.src"]],
  ["set_ipv4_dst", ["ipv4_addr", "ipv4.dst"]],
  ["set_ipv6_src", ["ipv6_addr", "ipv6.src"]],
  ["set_ipv6_dst", ["ipv6_addr", "ipv6.dst"]],
  ["set_tp_src", ["port", "src"]],
  ["set_tp_dst", ["port", "dst"]],
]);

/** Ports are those of the protocol that the rule matches. */
function settingOf(name: string, values: Action["values"], { pattern }: Rule): Buffer {
  const [argument, set] = SETTINGS.get(name) ?? [];
  if (argument === undefined || set === undefined) throw unsupported("Open vSwitch", `action ${name}`);
  const protocol = pattern.find((item) => item.name === "tcp" || item.name === "udp")?.name ?? "";
  const type = FIELDS.get(set.includes(".") ? set : `${protocol}.${set}`);
  if (type === undefined) throw unsupported("Open vSwitch", `action ${name} but for tcp and udp`);
  return encode({ type, value: values[argument] ?? 0n });
}
