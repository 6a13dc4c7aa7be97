/** Prefixes of IPv4 and IPv6 addresses, as suites write them. */
import { isIP } from "node:net";

/** Addresses that begin with the same `length` bits. */
export interface AddressPrefix {
  readonly version: 4 | 6;
  /** Of the first of them. */
  readonly address: bigint;
  readonly length: number;
}

/** `10.0.0.0/10`, `2001:db8::/32`, or an address alone; undefined if it is neither. */
export function prefixOf(text: string): AddressPrefix | undefined {
  const [, written = "", bits] = /^\s*([\da-fA-F.:]+)(?:\/(\d{1,3}))?\s*$/.exec(text) ?? [];
  const version = isIP(written);
  if (version !== 4 && version !== 6) return undefined;
  const length = bits === undefined ? bitsOf(version) : Number(bits);
  if (length > bitsOf(version)) return undefined;
  const own = BigInt(bitsOf(version) - length);
  return { version, address: (addressOf(written, version) >> own) << own, length };
}

/** Of a text that lists them, those that are prefixes. */
export function prefixesOf(text: string): readonly AddressPrefix[] {
  return text.split(",").flatMap((part) => prefixOf(part) ?? []);
}

/** In one way of writing: RFC 5952 for IPv6. */
export function prefixText({ version, address, length }: AddressPrefix): string {
  return `${version === 4 ? ipv4Text(address) : ipv6Text(address)}/${length}`;
}

export function overlap(a: AddressPrefix, b: AddressPrefix): boolean {
  if (a.version !== b.version) return false;
  const own = BigInt(bitsOf(a.version) - Math.min(a.length, b.length));
  return a.address >> own === b.address >> own;
}

export function isWithin(inner: AddressPrefix, outer: AddressPrefix): boolean {
  return overlap(inner, outer) && inner.length >= outer.length;
}

/** Bits of an address that are not the prefix's. */
export function ownBits({ version, length }: AddressPrefix): number {
  return bitsOf(version) - length;
}

/** The IPv4 prefix as the end of an IPv6 one that is 96 bits long. */
export function behind(ipv6: AddressPrefix, { address, length }: AddressPrefix): AddressPrefix {
  return { version: 6, address: ipv6.address | address, length: ipv6.length + length };
}

function bitsOf(version: 4 | 6): number {
  return version === 4 ? 32 : 128;
}

function addressOf(written: string, version: 4 | 6): bigint {
  return version === 4 ? joined(written.split("."), 8n) : joined(groupsOf(written), 16n);
}

/** Eight groups, as numbers that {@link BigInt} reads. */
function groupsOf(written: string): readonly string[] {
  const [head = [], tail = []] = compressed(written)
    .split("::")
    .map((part) => part.split(":").filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => "0");
  return [...head, ...zeros, ...tail].map((group) => `0x${group}`);
}

function joined(numbers: readonly string[], bits: bigint): bigint {
  return numbers.reduce((sum, number) => (sum << bits) | BigInt(number), 0n);
}

function ipv4Text(address: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join(".");
}

function ipv6Text(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => ((address >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return compressed(groups.join(":"));
}

/** As the URL standard writes it, which is RFC 5952 but for dotted ends. */
function compressed(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}
