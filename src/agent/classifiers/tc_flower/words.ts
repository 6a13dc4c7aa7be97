/** Rules in tc's words (tc-flower(8)), and as its JSON lists them. */
import { fieldsOf, isExact, prefixLength, spell, type MatchedField } from "../fields.js";
import { unsupported } from "../classifier.js";
import type { Action, Rule } from "../../../rules/rule.js";
import type { Entry } from "../classifier.js";

/** A filter has one protocol, and all of a preference have the same. */
interface Filter {
  readonly protocol: string;
  /** Words of flower and their values, in the order of the pattern. */
  readonly keys: readonly (readonly [word: string, value: string])[];
}

/**
 * What stands behind `filter add dev X ingress`.
 *
 * @throws {UserError} RULE_UNSUPPORTED
 */
export function filterText(entry: Entry): string {
  const { protocol, keys } = filterOf(entry.rule);
  const words = keys.map(([word, value]) => `${word} ${value}`);
  return [
    `${placeOf(entry)} protocol ${protocol} flower skip_hw`,
    ...words,
    ...entry.rule.actions.map((each) => actionText(each)),
  ]
    .filter((text) => text !== "")
    .join(" ");
}

/** What names a filter for deletion. */
export function filterName(entry: Entry): string {
  return `${placeOf(entry)} protocol ${filterOf(entry.rule).protocol} flower`;
}

/** Preference 0 is the kernel's to choose, and the last one is for joining chains. */
export const LAST_PREFERENCE = 65_535;

function placeOf({ id, rule: { group, priority } }: Entry): string {
  if (priority + 1 >= LAST_PREFERENCE) throw unsupported("tc-flower", `priority ${priority}`);
  return `chain ${group} pref ${priority + 1} handle 0x${(id + 1).toString(16)}`;
}

/** Place, keys and kinds of actions, the same for an entry and for what tc lists of it, for exact matches. */
export function filterSummary(entry: Entry): string {
  const { keys } = filterOf(entry.rule);
  const { group, priority, actions } = entry.rule;
  return summaryOf(
    { chain: group, pref: priority + 1, handle: entry.id + 1 },
    keys.map(([word, value]) => `${word}=${value}`),
    actions.flatMap(actionSummary),
  );
}

export interface Place {
  readonly chain: number;
  readonly pref: number;
  readonly handle: number;
}

export function summaryOf({ chain, pref, handle }: Place, keys: readonly string[], actions: readonly string[]): string {
  const implied = /^(eth_type|vlan_ethtype)=/; // The protocol says it too.
  const told = keys.filter((key) => !implied.test(key)).sort();
  return `chain ${chain} pref ${pref} handle ${handle} ${told.join(" ")} ${actions.join(" ")}`;
}

const FIELDS: ReadonlyMap<string, string> = new Map([
  ["eth.dst", "dst_mac"],
  ["eth.src", "src_mac"],
  ["vlan.vid", "vlan_id"],
  ["vlan.pcp", "vlan_prio"],
  ["ipv4.src", "src_ip"],
  ["ipv4.dst", "dst_ip"],
  ["ipv4.tos", "ip_tos"],
  ["ipv4.ttl", "ip_ttl"],
  ["ipv6.src", "src_ip"],
  ["ipv6.dst", "dst_ip"],
  ["ipv6.hop", "ip_ttl"],
  ["tcp.src", "src_port"],
  ["tcp.dst", "dst_port"],
  ["udp.src", "src_port"],
  ["udp.dst", "dst_port"],
  ["icmp.type", "type"],
  ["icmp.code", "code"],
]);

const ETHER_TYPES: Readonly<Record<string, string>> = { ipv4: "ip", ipv6: "ipv6" };
const PROTOCOLS: Readonly<Record<string, string>> = { tcp: "tcp", udp: "udp", icmp: "icmp", gre: "47" };
const KNOWN = new Set(["eth", "vlan", ...Object.keys(ETHER_TYPES), ...Object.keys(PROTOCOLS)]);

function filterOf(rule: Rule): Filter {
  const names = rule.pattern.map(({ name }) => name);
  const foreign = names.find((name) => !KNOWN.has(name));
  if (foreign !== undefined)
    throw unsupported("tc-flower", `match for ${foreign}${TUNNELS.has(foreign) ? BEHIND : ""}`);
  const isTagged = names.includes("vlan");
  const network = names.map((name) => ETHER_TYPES[name]).find((type) => type !== undefined);
  const transport = names.map((name) => PROTOCOLS[name]).find((protocol) => protocol !== undefined);
  const fields = fieldsOf(rule);
  return {
    protocol: protocolOf(fields, isTagged ? "802.1Q" : network),
    keys: [
      ...(isTagged && network !== undefined ? [["vlan_ethtype", network] as const] : []),
      ...(transport === undefined ? [] : [["ip_proto", transport] as const]),
      ...fields.filter(({ name }) => name !== "eth.type").map(keyOf),
    ],
  };
}

const TUNNELS = new Set(["vxlan", "geneve"]);
const BEHIND = " but behind a device of a tunnel";

/** An explicit type wins: whether the keys fit to it is for tc to say. */
function protocolOf(fields: readonly MatchedField[], implied = "all"): string {
  const type = fields.find(({ name }) => name === "eth.type");
  return type === undefined ? implied : `0x${type.spec.toString(16)}`;
}

function keyOf(field: MatchedField): readonly [string, string] {
  const word = FIELDS.get(field.name);
  if (word === undefined) throw unsupported("tc-flower", `word for the field ${field.name}`);
  return [word, valueOf(field)];
}

function valueOf(field: MatchedField): string {
  const { name, kind, spec, last, mask } = field;
  const text = spell(kind, spec);
  if (last !== undefined) return `${text}-${spell(kind, last)}`;
  if (isExact(field)) return text;
  if (kind.form === "number") return `${text}/0x${mask.toString(16)}`;
  if (kind.form === "mac") return `${text}/${spell(kind, mask)}`;
  const length = prefixLength(field);
  if (length === undefined) throw unsupported("tc-flower", `mask with gaps for ${name}`);
  return `${spell(kind, spec & mask)}/${length}`;
}

/** A queue is what drivers take from skbedit(8) on ingress. Every action counts. */
function actionText({ name, values }: Action): string {
  const value = (key: string): bigint => values[key] ?? 0n;
  switch (name) {
    case "count":
      return "action pipe";
    case "queue":
      return `action skbedit queue_mapping ${value("index")}`;
    case "drop":
      return "action drop";
    case "mark":
      return `action skbedit mark ${value("id")}`;
    case "jump":
      return `action goto chain ${value("group")}`;
    case "port_id": // `lo` is the one interface that every namespace has.
      return "action mirred egress redirect dev lo";
    case "set_mac_src":
      return edit(`eth src set ${spell(MAC, value("mac_addr"))}`);
    case "set_mac_dst":
      return edit(`eth dst set ${spell(MAC, value("mac_addr"))}`);
    case "set_ipv4_src":
      return edit(`ip src set ${spell(IPV4, value("ipv4_addr"))}`);
    case "set_ipv4_dst":
      return edit(`ip dst set ${spell(IPV4, value("ipv4_addr"))}`);
    case "set_ipv6_src":
      return edit(`ip6 src set ${spell(IPV6, value("ipv6_addr"))}`);
    case "set_ipv6_dst":
      return edit(`ip6 dst set ${spell(IPV6, value("ipv6_addr"))}`);
    case "set_tp_src":
      return edit(`udp sport set ${value("port")}`);
    case "set_tp_dst":
      return edit(`udp dport set ${value("port")}`);
    default:
      throw unsupported("tc-flower", `action ${name}`);
  }
}

const MAC = { form: "mac", bits: 48 } as const;
const IPV4 = { form: "ipv4", bits: 32 } as const;
const IPV6 = { form: "ipv6", bits: 128 } as const;

/** tc-pedit(8), and checksums anew where the frame has them. */
function edit(what: string): string {
  return `action pedit ex munge ${what} pipe action csum ip4h and tcp and udp pipe`;
}

/** As JSON gives actions: their kind, and what they end with or set. Header changes are not compared. */
function actionSummary({ name, values }: Action): readonly string[] {
  switch (name) {
    case "count":
      return ["pipe"];
    case "drop":
      return ["drop"];
    case "queue":
      return [`queue_mapping=${values["index"] ?? 0n}`];
    case "mark":
      return [`mark=${values["id"] ?? 0n}`];
    default:
      return [];
  }
}
