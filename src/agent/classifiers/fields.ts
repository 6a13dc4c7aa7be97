/** The fields that a rule matches, with what classifiers need to know to spell or encode them. */
import { ITEMS, type Kind } from "../../rules/vocabulary.js";
import type { Rule } from "../../rules/rule.js";

export interface MatchedField {
  /** Item and field, such as `ipv4.src`. */
  readonly name: string;
  readonly kind: Kind;
  readonly spec: bigint;
  /** With the bits that count. */
  readonly mask: bigint;
  /** End of a range. */
  readonly last?: bigint;
}

export function fieldsOf({ pattern }: Pick<Rule, "pattern">): readonly MatchedField[] {
  return pattern.flatMap(({ name: item, fields }) =>
    Object.entries(fields).flatMap(([field, { spec, mask, last }]) => {
      const kind = ITEMS.get(item)?.get(field);
      if (kind === undefined || spec === undefined) return [];
      const name = `${item}.${field}`;
      return [{ name, kind, spec, mask: mask ?? ones(kind), ...(last === undefined ? {} : { last }) }];
    }),
  );
}

/** Items of which it only matters that they are there. */
export function bareItems({ pattern }: Pick<Rule, "pattern">): readonly string[] {
  return pattern.filter(({ fields }) => Object.keys(fields).length === 0).map(({ name }) => name);
}

export function isExact({ kind, mask, last }: MatchedField): boolean {
  return last === undefined && mask === ones(kind);
}

/** How many leading bits count, if these are all that count. */
export function prefixLength({ kind, mask }: MatchedField): number | undefined {
  const bits = mask.toString(2);
  if (bits.length !== kind.bits) return undefined;
  return /^1+0*$/.test(bits) ? bits.replaceAll("0", "").length : undefined;
}

/** As `10.0.0.1`, `fd00:1::2` without the `::`, `02:00:00:00:00:01` or a decimal number. */
export function spell({ form, bits }: Kind, value: bigint): string {
  switch (form) {
    case "ipv4":
      return bytesOf(value, bits).join(".");
    case "ipv6":
      return bytePairs(bytesOf(value, bits)).join(":");
    case "mac":
      return bytesOf(value, bits)
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join(":");
    case "number":
      return value.toString();
  }
}

/** In network byte order. */
export function bytesOf(value: bigint, bits: number): readonly number[] {
  const digits = value.toString(16).padStart(Math.ceil(bits / 8) * 2, "0");
  return Array.from({ length: digits.length / 2 }, (_, index) => parseInt(digits.slice(2 * index, 2 * index + 2), 16));
}

function bytePairs(bytes: readonly number[]): readonly string[] {
  return Array.from({ length: bytes.length / 2 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
}

function ones({ bits }: Kind): bigint {
  return (1n << BigInt(bits)) - 1n;
}
