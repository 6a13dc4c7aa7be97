/** Rules in nft's words, spelt as nft lists them. */
import { bareItems, fieldsOf, isExact, prefixLength, spell, type MatchedField } from "../fields.js";
import { unsupported } from "../classifier.js";
import type { Action, Rule } from "../../../rules/rule.js";

/** A field of the frame, and what it must be. */
export interface Match {
  /** As in `ip saddr`. */
  readonly name: string;
  readonly value: string;
}

/** @throws {UserError} RULE_UNSUPPORTED */
export function ruleText(rule: Rule): string {
  if (rule.priority > 0) throw unsupported("nftables", "priority: its rules are asked in the order in which they came");
  const matches = matchesOf(rule).map(({ name, value }) => `${name} ${value}`);
  return [...matches, ...statementsOf(rule)].join(" ");
}

/** @throws {UserError} RULE_UNSUPPORTED */
export function matchesOf(rule: Rule): readonly Match[] {
  const isTagged = rule.pattern.some(({ name }) => name === "vlan");
  return [...fieldsOf(rule).map(matchOf), ...bareItems(rule).flatMap((item) => presence(item, isTagged))];
}

const FIELDS: ReadonlyMap<string, string> = new Map([
  ["eth.dst", "ether daddr"],
  ["eth.src", "ether saddr"],
  ["eth.type", "ether type"],
  ["vlan.vid", "vlan id"],
  ["vlan.pcp", "vlan pcp"],
  ["vlan.dei", "vlan dei"],
  ["vlan.inner_type", "vlan type"],
  ["ipv4.src", "ip saddr"],
  ["ipv4.dst", "ip daddr"],
  ["ipv4.ttl", "ip ttl"],
  ["ipv4.proto", "ip protocol"],
  ["ipv6.src", "ip6 saddr"],
  ["ipv6.dst", "ip6 daddr"],
  ["ipv6.flow", "ip6 flowlabel"],
  ["ipv6.hop", "ip6 hoplimit"],
  ["tcp.src", "tcp sport"],
  ["tcp.dst", "tcp dport"],
  ["tcp.flags", "tcp flags"],
  ["udp.src", "udp sport"],
  ["udp.dst", "udp dport"],
  ["icmp.type", "icmp type"],
  ["icmp.code", "icmp code"],
  ["icmp.ident", "icmp id"],
  ["icmp.seq", "icmp sequence"],
  ["mark.id", "meta mark"],
]);

function matchOf(field: MatchedField): Match {
  const name = FIELDS.get(field.name);
  if (name === undefined) throw unsupported("nftables", `word for the field ${field.name}`);
  return { name, value: valueOf(field) };
}

function valueOf(field: MatchedField): string {
  const { kind, spec, last, mask } = field;
  const text = spell(kind, spec);
  if (last !== undefined) return `${text}-${spell(kind, last)}`;
  if (isExact(field)) return text;
  const length = kind.form === "ipv4" || kind.form === "ipv6" ? prefixLength(field) : undefined;
  if (length !== undefined) return `${spell(kind, spec & mask)}/${length}`;
  return `& ${spell(kind, mask)} == ${spell(kind, spec & mask)}`;
}

/** That there is such a header. Frames without an Ethernet header do not come by. */
function presence(item: string, isTagged: boolean): readonly Match[] {
  const type = isTagged ? "vlan type" : "meta protocol";
  switch (item) {
    case "eth":
      return [];
    case "vlan":
      return [{ name: "vlan id", value: "0-4095" }];
    case "ipv4":
      return [{ name: type, value: "ip" }];
    case "ipv6":
      return [{ name: type, value: "ip6" }];
    case "tcp":
    case "udp":
    case "icmp":
    case "gre":
      return [{ name: "meta l4proto", value: item }];
    default:
      throw unsupported("nftables", `word for the item ${item}`);
  }
}

/**
 * What ends a rule comes last, wherever `rte_flow` has it.
 *
 * @throws {UserError} RULE_UNSUPPORTED
 */
export function statementsOf({ actions }: Rule): readonly string[] {
  const isLast = ({ name }: Action): boolean => ["queue", "drop", "jump", "port_id"].includes(name);
  return [...actions.filter((action) => !isLast(action)), ...actions.filter(isLast)].map(statementOf);
}

/** The hook is before the kernel's queues: `queue` is `accept`. */
function statementOf({ name, values }: Action): string {
  const value = (key: string): bigint => values[key] ?? 0n;
  switch (name) {
    case "queue":
      return "accept";
    case "drop":
      return "drop";
    case "count":
      return "counter";
    case "mark":
      return `meta mark set 0x${value("id").toString(16).padStart(8, "0")}`;
    case "jump":
      return `goto ${chainOf(Number(value("group")))}`;
    case "port_id": // `lo` is the one interface that every namespace has.
      return 'fwd to "lo"';
    case "set_mac_src":
      return `ether saddr set ${spell(MAC, value("mac_addr"))}`;
    case "set_mac_dst":
      return `ether daddr set ${spell(MAC, value("mac_addr"))}`;
    case "set_ipv4_src":
      return `ip saddr set ${spell(IPV4, value("ipv4_addr"))}`;
    case "set_ipv4_dst":
      return `ip daddr set ${spell(IPV4, value("ipv4_addr"))}`;
    case "set_ipv6_src":
      return `ip6 saddr set ${spell(IPV6, value("ipv6_addr"))}`;
    case "set_ipv6_dst":
      return `ip6 daddr set ${spell(IPV6, value("ipv6_addr"))}`;
    case "set_tp_src":
      return `th sport set ${value("port")}`;
    case "set_tp_dst":
      return `th dport set ${value("port")}`;
    default:
      throw unsupported("nftables", `word for the action ${name}`);
  }
}

const MAC = { form: "mac", bits: 48 } as const;
const IPV4 = { form: "ipv4", bits: 32 } as const;
const IPV6 = { form: "ipv6", bits: 128 } as const;

/** The base chain is group 0. */
export function chainOf(group: number): string {
  return group === 0 ? "ingress" : `group${group}`;
}
