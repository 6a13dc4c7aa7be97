/**
 * Rules that are spelt right and yet can take no frame, or do not say what becomes of one. No classifier is asked for them.
 *
 * What follows what in a frame: IEEE 802.1Q, RFC 791, 8200, 2784 (GRE), 7348 (VXLAN) and 8926 (Geneve).
 */
import { fullMask } from "./values.js";
import { ITEMS } from "./vocabulary.js";
import type { FieldMatch, PatternItem, Rule } from "./rule.js";

export interface Contradiction {
  /** Such as `pattern.ipv4.proto`. */
  readonly path: string;
  readonly message: string;
}

/** The first that is found. */
export function contradictionIn(rule: Rule): Contradiction | undefined {
  const headers = rule.pattern.filter(({ name }) => !METADATA.includes(name));
  return (
    firstOf(rule.pattern, valueless) ??
    firstOf(headers, (item, index) => misplaced(item, headers[index - 1])) ??
    firstOf(headers, (item, index) => otherHeader(item, headers[index + 1])) ??
    directionOf(rule) ??
    fateOf(rule)
  );
}

/** Items that are no part of the frame. */
const METADATA = ["meta", "tag", "mark"];

function firstOf<T>(items: readonly T[], find: (item: T, index: number) => Contradiction | undefined) {
  for (const [index, item] of items.entries()) {
    const found = find(item, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valueless({ name, fields }: PatternItem): Contradiction | undefined {
  const found = Object.entries(fields).find(([, { spec }]) => spec === undefined);
  return (
    found && { path: `pattern.${name}.${found[0]}`, message: "has a mask, a prefix or an end but no value; add spec" }
  );
}

const NETWORK = ["ipv4", "ipv6"];

/** What an item can come right after; undefined: at the beginning. */
const BEFORE: Readonly<Record<string, readonly (string | undefined)[]>> = {
  eth: [undefined, "vxlan", "gre", "geneve"],
  vlan: [undefined, "eth", "vlan"],
  ipv4: [undefined, "eth", "vlan", "gre", "geneve", ...NETWORK],
  ipv6: [undefined, "eth", "vlan", "gre", "geneve", ...NETWORK],
  tcp: NETWORK,
  udp: NETWORK,
  icmp: NETWORK,
  gre: NETWORK,
  vxlan: ["udp"],
  geneve: ["udp"],
};

function misplaced({ name }: PatternItem, before: PatternItem | undefined): Contradiction | undefined {
  const allowed = BEFORE[name] ?? [];
  if (allowed.includes(before?.name)) return undefined;
  const wanted = allowed.filter((each) => each !== undefined).join(" or ");
  const there = before === undefined ? "at the beginning" : `after ${before.name}`;
  return { path: `pattern.${name}`, message: `cannot come ${there}; it comes after ${wanted}` };
}

const ETHER_TYPES: Readonly<Record<string, bigint>> = { ipv4: 0x0800n, ipv6: 0x86ddn, eth: 0x6558n };
const PROTOCOLS: Readonly<Record<string, bigint>> = { tcp: 6n, udp: 17n, gre: 47n, ipv4: 4n, ipv6: 41n };

/** Fields that say what follows: with what they must be before an item. Tags have one of several types. */
function nextOf(item: string, next: string): readonly (readonly [field: string, value: bigint | undefined])[] {
  switch (item) {
    case "eth":
      return [["type", ETHER_TYPES[next]]];
    case "vlan":
      return [["inner_type", ETHER_TYPES[next]]];
    case "gre":
    case "geneve":
      return [["protocol", ETHER_TYPES[next]]];
    case "ipv4":
      return [["proto", next === "icmp" ? 1n : PROTOCOLS[next]]];
    case "ipv6":
      return [["proto", next === "icmp" ? 58n : PROTOCOLS[next]]];
    default:
      return [];
  }
}

function otherHeader({ name, fields }: PatternItem, next: PatternItem | undefined): Contradiction | undefined {
  if (next === undefined) return undefined;
  for (const [field, value] of nextOf(name, next.name)) {
    const match = fields[field];
    if (value === undefined || match === undefined || canBe(match, value, fieldMask(name, field))) continue;
    const message = `cannot be so before ${next.name}, where it is 0x${value.toString(16)}`;
    return { path: `pattern.${name}.${field}`, message };
  }
  return undefined;
}

function fieldMask(item: string, field: string): bigint {
  return fullMask(ITEMS.get(item)?.get(field)?.bits ?? 0);
}

function canBe({ spec = 0n, last, mask }: FieldMatch, value: bigint, all: bigint): boolean {
  const seen = mask ?? all;
  if (last === undefined) return ((spec ^ value) & seen) === 0n;
  return (spec & seen) <= (value & seen) && (value & seen) <= (last & seen);
}

function directionOf({ ingress, egress, transfer }: Rule): Contradiction | undefined {
  if (ingress || egress || transfer) return undefined;
  return { path: "", message: "says neither ingress, egress nor transfer, so that no frame comes to it" };
}

const FATES = ["queue", "rss", "drop", "jump", "port_id"];

function fateOf({ group, actions }: Rule): Contradiction | undefined {
  const [fate, other] = actions.filter(({ name }) => FATES.includes(name));
  if (fate === undefined)
    return { path: "actions", message: `do not say what becomes of a frame; add one of ${FATES.join(", ")}` };
  if (other !== undefined)
    return { path: `actions.${other.name}`, message: `comes after ${fate.name}; there can be one of them` };
  return fate.name === "jump" && fate.values["group"] === BigInt(group)
    ? { path: "actions.jump.group", message: "is the group that the rule is in, so that frames would never leave it" }
    : undefined;
}
