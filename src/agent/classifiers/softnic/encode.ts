/** Rules as the software NIC takes them: native/softnic/listed_rules.h. */
import { bareItems, bytesOf, fieldsOf } from "../fields.js";
import { unsupported } from "../classifier.js";
import type { EncodedRules } from "../../../native/rules.js";
import type { Action, PatternItem, Rule } from "../../../rules/rule.js";

/** @throws {UserError} RULE_UNSUPPORTED: what it has no match or action for */
export function encodeRules(rules: readonly Rule[]): EncodedRules {
  const names = new Map<string, number>();
  const numberOf = (name: string): number => {
    const number = names.get(name) ?? names.size;
    names.set(name, number);
    return number;
  };
  const bytes = Buffer.concat(rules.map((rule) => encodeRule(rule, numberOf)));
  return { bytes, names: [...names.keys()] };
}

const RULE_BYTES = 24;
const VALUE_BITS = 128;
const MOST_GROUPS = 256;
const LARGEST = { priority: 0xffff_fffe, queue: 0xfffe };

function encodeRule(rule: Rule, numberOf: (name: string) => number): Buffer {
  const { group, priority } = rule;
  if (!rule.ingress || rule.egress || rule.transfer) throw unsupported(NAME, "rules but for ingress");
  if (group >= MOST_GROUPS) throw unsupported(NAME, `group ${group}: its groups are 0 to ${MOST_GROUPS - 1}`);
  if (priority > LARGEST.priority) throw unsupported(NAME, `priority ${priority}`);
  const matches = matchesOf(rule);
  const head = Buffer.alloc(RULE_BYTES);
  const [fate, target] = fateOf(rule);
  head.writeUInt16LE(group, 0);
  head.writeUInt8(fate, 2);
  head.writeUInt16LE(target, 4);
  head.writeUInt16LE(matches.length, 6);
  head.writeUInt32LE(priority, 8);
  writeActions(head, rule.actions);
  const encoded = matches.map(({ name, value, mask }) =>
    Buffer.from([numberOf(name), ...bytesOf(value, VALUE_BITS), ...bytesOf(mask, VALUE_BITS)]),
  );
  return Buffer.concat([head, ...encoded]);
}

const NAME = "The software NIC";

const QUEUE = 0;
const DROP = 1;
const JUMP = 2;

function fateOf({ group, actions }: Rule): readonly [fate: number, target: number] {
  for (const { name, values } of actions) {
    if (name === "drop") return [DROP, 0];
    if (name === "queue") {
      const queue = Number(values["index"] ?? 0n);
      if (queue > LARGEST.queue) throw unsupported(NAME, `queue ${queue}: its queues are 0 to ${LARGEST.queue}`);
      return [QUEUE, queue];
    }
    if (name === "jump") {
      const to = Number(values["group"] ?? 0n);
      if (to > group && to < MOST_GROUPS) return [JUMP, to];
      throw unsupported(NAME, `jump from group ${group} to ${to}: it goes to a higher group, up to ${MOST_GROUPS - 1}`);
    }
  }
  throw unsupported(NAME, `action ${actions.map(({ name }) => name).join("/")}, which has no queue, drop or jump`);
}

/** Actions beside the fate: the bit that stands for one, and where its argument goes. */
const SETTINGS: ReadonlyMap<string, readonly [bit: number, argument: string, at: number]> = new Map([
  ["count", [1, "", 0]],
  ["mark", [2, "id", 12]],
  ["set_meta", [4, "data", 16]],
  ["set_tag", [8, "data", 20]],
]);

function writeActions(head: Buffer, actions: readonly Action[]): void {
  for (const { name, values } of actions) {
    if (["queue", "drop", "jump"].includes(name)) continue;
    const [bit, argument, at] = SETTINGS.get(name) ?? [];
    if (bit === undefined || argument === undefined || at === undefined) throw unsupported(NAME, `action ${name}`);
    const other = ["mask", "index"].find((each) => values[each] !== undefined && !isWhole(each, values[each]));
    if (other !== undefined) throw unsupported(NAME, `${other} of the action ${name}`);
    head.writeUInt8(head.readUInt8(3) | bit, 3);
    if (argument !== "") head.writeUInt32LE(Number(values[argument] ?? 0n), at);
  }
}

/** As if it were not there: it has one tag, and sets all of it. */
function isWhole(argument: string, value: bigint): boolean {
  return argument === "mask" ? value === 0xffff_ffffn : value === 0n;
}

interface Match {
  readonly name: string;
  readonly value: bigint;
  readonly mask: bigint;
}

/** Fields that the software NIC reads (native/softnic/fields.h), of the outer packet. */
const FIELDS: ReadonlySet<string> = new Set([
  ...["eth.dst", "eth.src", "eth.type", "vlan.tci", "vlan.inner_type"],
  ...["ipv4.src", "ipv4.dst", "ipv4.proto", "ipv6.src", "ipv6.dst", "ipv6.proto"],
  ...[
    "tcp.src",
    "tcp.dst",
    "udp.src",
    "udp.dst",
    "icmp.type",
    "icmp.code",
    "vxlan.vni",
    "geneve.vni",
    "meta.data",
    "tag.data",
  ],
]);
/** Of what a tunnel carries. */
const INNER: ReadonlySet<string> = new Set([...FIELDS].filter((name) => /^(ipv[46]|tcp|udp|icmp)\./.test(name)));
const TUNNELS = ["vxlan", "gre", "geneve"];
const HEADERS = ["eth", "vlan", "ipv4", "ipv6", "tcp", "udp", "icmp", ...TUNNELS];
const INNER_HEADERS = ["eth", "ipv4", "ipv6", "tcp", "udp", "icmp"];

function matchesOf({ pattern }: Rule): readonly Match[] {
  const matches: Match[] = [];
  const seen = new Set<string>();
  let inner = "";
  for (const item of pattern) {
    const { name } = item;
    const isMetadata = name === "meta" || name === "tag";
    if (!isMetadata && !(inner === "" ? HEADERS : INNER_HEADERS).includes(name))
      throw unsupported(NAME, inner === "" ? `match for ${name}` : `match for ${name} in what a tunnel carries`);
    const layer = LAYERS[name] ?? name;
    if (seen.has(inner + layer)) throw unsupported(NAME, `second header such as ${name} but in a tunnel`);
    seen.add(inner + layer);
    if (!isMetadata) matches.push({ name: inner + name, value: 0n, mask: 0n });
    else if (bareItems({ pattern: [item] }).length > 0)
      throw unsupported(NAME, `test whether there is ${name}: it is 0 if it was not set`);
    matches.push(...fieldMatches(item, inner));
    if (TUNNELS.includes(name)) inner = "inner ";
  }
  return matches;
}

/** Of which a packet has one. */
const LAYERS: Readonly<Record<string, string>> = {
  ipv4: "network",
  ipv6: "network",
  tcp: "transport",
  udp: "transport",
  icmp: "transport",
};

function fieldMatches(item: PatternItem, inner: string): readonly Match[] {
  return fieldsOf({ pattern: [item] }).flatMap(({ name, spec, mask, last }) => {
    if (last !== undefined) throw unsupported(NAME, `range for ${name}`);
    if (mask === 0n) return [];
    const { field, shift } = SHIFTED[name] ?? { field: name, shift: 0n };
    if (!(inner === "" ? FIELDS : INNER).has(field)) throw unsupported(NAME, `field for ${inner}${name}`);
    return [{ name: inner + field, value: (spec & mask) << shift, mask: mask << shift }];
  });
}

/** Parts of the tag control information (IEEE 802.1Q). */
const SHIFTED: Readonly<Record<string, { readonly field: string; readonly shift: bigint }>> = {
  "vlan.vid": { field: "vlan.tci", shift: 0n },
  "vlan.dei": { field: "vlan.tci", shift: 12n },
  "vlan.pcp": { field: "vlan.tci", shift: 13n },
};
