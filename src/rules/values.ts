/** Values of rules as people write them: numbers, MAC and IP addresses. */
import { isIPv4, isIPv6 } from "node:net";
import type { Kind } from "./vocabulary.js";

const EXAMPLES = { mac: "02:00:00:00:00:01", ipv4: "192.168.0.1", ipv6: "2001:db8::1" } as const;

/** What to write, for messages. */
export function adviceOf({ form, bits }: Kind): string {
  const most = `a number from 0 to ${bits < 64 ? String(fullMask(bits)) : `2^${bits} - 1`}`;
  return form === "number" ? most : `an address such as ${EXAMPLES[form]}`;
}

/** An address may also be written as a number, as masks are. Undefined for what is neither, or too large. */
export function parseValue(text: string, { form, bits }: Kind): bigint | undefined {
  const value = addressOf(text, form) ?? numberOf(text);
  return value === undefined || value > fullMask(bits) ? undefined : value;
}

export function fullMask(bits: number): bigint {
  return (1n << BigInt(bits)) - 1n;
}

/** The first `length` of so many bits. */
export function prefixMask(length: number, bits: number): bigint {
  return fullMask(bits) ^ fullMask(bits - length);
}

function numberOf(text: string): bigint | undefined {
  return /^(0[xX][0-9a-fA-F]{1,32}|[0-9]{1,39})$/.test(text) ? BigInt(text) : undefined;
}

function addressOf(text: string, form: Kind["form"]): bigint | undefined {
  if (form === "mac" && /^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$/.test(text))
    return BigInt(`0x${text.replaceAll(":", "")}`);
  if (form === "ipv4" && isIPv4(text)) return joined(text.split("."), 10, 8);
  if (form === "ipv6" && isIPv6(text) && !text.includes("%")) return ofIpv6(text);
  return undefined;
}

/** RFC 4291, section 2.2: eight groups of 16 bits, `::` for as many of zeros as are missing, perhaps an IPv4 address at the end. */
function ofIpv6(text: string): bigint {
  const [head = "", tail] = text.split("::");
  const [before, after] = [groupsOf(head), groupsOf(tail ?? "")];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return joined([...before, ...zeros, ...after], 16, 16);
}

function groupsOf(text: string): readonly string[] {
  return text.split(":").flatMap((group) => {
    if (group === "") return [];
    if (!group.includes(".")) return [group];
    const address = joined(group.split("."), 10, 8);
    return [(address >> 16n).toString(16), (address & 0xffffn).toString(16)];
  });
}

function joined(parts: readonly string[], radix: number, bits: number): bigint {
  return parts.reduce((sum, part) => (sum << BigInt(bits)) | BigInt(Number.parseInt(part, radix)), 0n);
}
