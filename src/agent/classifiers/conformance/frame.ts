/** The frame that a pattern describes: its headers with the given fields, and usual values for the others. */
import { bytesOf } from "../fields.js";
import type { PatternItem } from "../../../rules/rule.js";

const MIN_BYTES = 60;

/**
 * Without FCS, at least as long as Ethernet asks for. Checksums are those of IPv4 headers only.
 *
 * @param payload bytes behind the innermost header
 */
export function frameOf(pattern: readonly PatternItem[], { payload = 0, least = MIN_BYTES } = {}): Buffer {
  const [frame] = pattern.reduceRight<readonly [Buffer, string]>(
    ([payload, inside], item) => [header(item, inside, payload), item.name],
    [Buffer.alloc(payload), ""],
  );
  return Buffer.concat([frame, Buffer.alloc(Math.max(0, least - frame.length))]);
}

const ETHER_TYPES: Readonly<Record<string, bigint>> = { vlan: 0x8100n, ipv4: 0x0800n, ipv6: 0x86ddn, eth: 0x6558n };
const PROTOCOLS: Readonly<Record<string, bigint>> = { icmp: 1n, tcp: 6n, udp: 17n, gre: 47n };
/** IANA's, of tunnels over UDP. */
const TUNNEL_PORTS: Readonly<Record<string, bigint>> = { vxlan: 4789n, geneve: 6081n };

/** @param inside name of the header that follows; empty if there is none */
function header(item: PatternItem, inside: string, payload: Buffer): Buffer {
  const field = (name: string, usual: bigint): bigint => item.fields[name]?.spec ?? usual;
  const etherType = ETHER_TYPES[inside] ?? 0n;
  switch (item.name) {
    case "eth":
      return join(payload, [
        [field("dst", 0x0200_0000_0002n), 48],
        [field("src", 0x0200_0000_0001n), 48],
        [field("type", etherType), 16],
      ]);
    case "vlan":
      return join(payload, [
        [field("tci", (field("pcp", 0n) << 13n) | (field("dei", 0n) << 12n) | field("vid", 1n)), 16],
        [field("inner_type", etherType), 16],
      ]);
    case "ipv4":
      return ipv4(field, field("proto", PROTOCOLS[inside] ?? 0n), payload);
    case "ipv6":
      return join(payload, [
        [(6n << 28n) | (field("tc", 0n) << 20n) | field("flow", 0n), 32],
        [BigInt(payload.length), 16],
        [field("proto", PROTOCOLS[inside] ?? 59n), 8],
        [field("hop", 64n), 8],
        [field("src", 0xfd00n << 112n), 128],
        [field("dst", (0xfd00n << 112n) | 1n), 128],
      ]);
    case "tcp":
      return join(payload, [
        [field("src", 1000n), 16],
        [field("dst", 2000n), 16],
        [0n, 64],
        [5n << 4n, 8],
        [field("flags", 2n), 8],
        [1024n, 16],
        [0n, 32],
      ]);
    case "udp":
      return join(payload, [
        [field("src", 1000n), 16],
        [field("dst", TUNNEL_PORTS[inside] ?? 2000n), 16],
        [BigInt(8 + payload.length), 16],
        [0n, 16],
      ]);
    case "icmp":
      return join(payload, [
        [field("type", 8n), 8],
        [field("code", 0n), 8],
        [0n, 16],
        [field("ident", 0n), 16],
        [field("seq", 0n), 16],
      ]);
    case "gre":
      return join(payload, [
        [0n, 16],
        [field("protocol", etherType), 16],
      ]);
    case "vxlan":
      return join(payload, [
        [8n << 24n, 32],
        [field("vni", 0n) << 8n, 32],
      ]);
    case "geneve":
      return join(payload, [
        [0n, 16],
        [field("protocol", etherType), 16],
        [field("vni", 0n) << 8n, 32],
      ]);
    default:
      throw new Error(`there is no header of ${item.name}`);
  }
}

/** RFC 791, without options. */
function ipv4(field: (name: string, usual: bigint) => bigint, protocol: bigint, payload: Buffer): Buffer {
  const packet = join(payload, [
    [0x45n, 8],
    [field("tos", 0n), 8],
    [BigInt(20 + payload.length), 16],
    [0n, 16],
    [field("fragment_offset", 0n), 16],
    [field("ttl", 64n), 8],
    [protocol, 8],
    [0n, 16],
    [field("src", 0x0a00_0001n), 32],
    [field("dst", 0x1400_0001n), 32],
  ]);
  packet.writeUInt16BE(checksum(packet.subarray(0, 20)), 10);
  return packet;
}

/** RFC 1071 */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** Values with their widths in bits, then the payload. */
function join(payload: Buffer, values: readonly (readonly [value: bigint, bits: number])[]): Buffer {
  return Buffer.concat([Buffer.from(values.flatMap(([value, bits]) => bytesOf(value, bits))), payload]);
}
