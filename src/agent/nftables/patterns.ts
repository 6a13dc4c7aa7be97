/** What rules match, in nft's words: the fields of a pattern, and their values in rule number `id`. */

export interface Field {
  /** As in `ip saddr`. */
  readonly name: string;
  /** Spelt as nft lists it. */
  readonly value: (id: number) => string;
}

/**
 * Numbers of rules are below 2^31, which no trial comes near. The seed only mixes their lower 24 bits, so that no two rules
 * have the same addresses.
 *
 * @param match such as `eth`, `eth/ipv4/tcp`, `vlan/ipv6`; what is in tunnels is not supported
 */
export function fieldsOf(match: string, seed: number): readonly Field[] {
  const [outer = "", ...inner] = match.split("/");
  const key = (id: number): number => (id ^ (seed & 0xffffff)) >>> 0;
  const outside = outer === "vlan" ? [vlanId] : inner.length === 0 ? [macAddress(key)] : [];
  return [...outside, ...inner.flatMap((item) => itemFields(item, key))];
}

type Key = (id: number) => number;

function itemFields(item: string, key: Key): readonly Field[] {
  switch (item) {
    case "ipv4":
      return [
        { name: "ip saddr", value: (id) => ipv4(key(id), 10) },
        { name: "ip daddr", value: (id) => ipv4(key(id), 20) },
      ];
    case "ipv6":
      return [
        { name: "ip6 saddr", value: (id) => ipv6(key(id), 1) },
        { name: "ip6 daddr", value: (id) => ipv6(key(id), 2) },
      ];
    case "tcp":
    case "udp":
      return [
        { name: `${item} sport`, value: (id) => String(1024 + (id % 60_000)) },
        { name: `${item} dport`, value: () => "443" },
      ];
    default:
      throw new Error(`nftables has no words for the item ${item}`);
  }
}

const vlanId: Field = { name: "vlan id", value: (id) => String(1 + (id % 4094)) };

function macAddress(key: Key): Field {
  const value = (id: number): string => {
    const bytes = [0x02, 0x00, key(id) >>> 24, key(id) >>> 16, key(id) >>> 8, key(id)];
    return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, "0")).join(":");
  };
  return { name: "ether daddr", value };
}

/** Addresses from `first`.0.0.0 on. */
function ipv4(key: number, first: number): string {
  return `${first + (key >>> 24)}.${(key >>> 16) & 0xff}.${(key >>> 8) & 0xff}.${key & 0xff}`;
}

/** Of unique local addresses (RFC 4193); no two groups are 0, so that there is one way to write them (RFC 5952). */
function ipv6(key: number, side: number): string {
  return `fd00:${side}:1:1:1:1:${(1 + (key >>> 16)).toString(16)}:${(key & 0xffff).toString(16)}`;
}
