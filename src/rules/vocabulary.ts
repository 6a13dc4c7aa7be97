/** Pattern items and actions that are understood, with the names that DPDK's testpmd gives to their fields. */

/** How a value is written, and how wide it is. */
export interface Kind {
  readonly form: "number" | "mac" | "ipv4" | "ipv6";
  readonly bits: number;
}

const bits = (width: number): Kind => ({ form: "number", bits: width });
const mac: Kind = { form: "mac", bits: 48 };
const ipv4: Kind = { form: "ipv4", bits: 32 };
const ipv6: Kind = { form: "ipv6", bits: 128 };

type Fields = ReadonlyMap<string, Kind>;

function fields(of: Readonly<Record<string, Kind>>): Fields {
  return new Map(Object.entries(of));
}

const ports = { src: bits(16), dst: bits(16) };

export const ITEMS: ReadonlyMap<string, Fields> = new Map([
  ["eth", fields({ dst: mac, src: mac, type: bits(16) })],
  ["vlan", fields({ tci: bits(16), pcp: bits(3), dei: bits(1), vid: bits(12), inner_type: bits(16) })],
  ["ipv4", fields({ src: ipv4, dst: ipv4, tos: bits(8), ttl: bits(8), proto: bits(8), fragment_offset: bits(16) })],
  ["ipv6", fields({ src: ipv6, dst: ipv6, tc: bits(8), flow: bits(20), proto: bits(8), hop: bits(8) })],
  ["tcp", fields({ ...ports, flags: bits(8) })],
  ["udp", fields(ports)],
  ["icmp", fields({ type: bits(8), code: bits(8), ident: bits(16), seq: bits(16) })],
  ["vxlan", fields({ vni: bits(24) })],
  ["gre", fields({ protocol: bits(16) })],
  ["geneve", fields({ vni: bits(24), protocol: bits(16) })],
  ["meta", fields({ data: bits(32) })],
  ["tag", fields({ data: bits(32), index: bits(8) })],
  ["mark", fields({ id: bits(32) })],
]);

export interface Arguments {
  readonly values: Fields;
  /** Lists that go to their own `end`. */
  readonly lists: readonly string[];
  /** Without them the action says nothing. */
  readonly required: readonly string[];
}

function takes(required: Readonly<Record<string, Kind>>, optional: Readonly<Record<string, Kind>> = {}): Arguments {
  return { values: fields({ ...required, ...optional }), lists: [], required: Object.keys(required) };
}

const number = bits(32);

export const ACTIONS: ReadonlyMap<string, Arguments> = new Map([
  ["queue", takes({ index: bits(16) })],
  ["rss", { ...takes({}, { level: number }), lists: ["queues", "types"] }],
  ["drop", takes({})],
  ["jump", takes({ group: number })],
  ["mark", takes({ id: number })],
  ["count", takes({}, { identifier: number })],
  ["set_meta", takes({ data: number }, { mask: number })],
  ["set_tag", takes({ data: number }, { index: bits(8), mask: number })],
  ["set_mac_src", takes({ mac_addr: mac })],
  ["set_mac_dst", takes({ mac_addr: mac })],
  ["set_ipv4_src", takes({ ipv4_addr: ipv4 })],
  ["set_ipv4_dst", takes({ ipv4_addr: ipv4 })],
  ["set_ipv6_src", takes({ ipv6_addr: ipv6 })],
  ["set_ipv6_dst", takes({ ipv6_addr: ipv6 })],
  ["set_tp_src", takes({ port: bits(16) })],
  ["set_tp_dst", takes({ port: bits(16) })],
  ["port_id", takes({ id: number })],
]);
