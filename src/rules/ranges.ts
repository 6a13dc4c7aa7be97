/**
 * Ranges as prefixes, for classifiers that match by masks, as TCAMs do: the least number of them (Srinivasan, Varghese, Suri and
 * Waldvogel, "Fast and Scalable Layer Four Switching", SIGCOMM 1998, section 6.2), at most 2w - 2 for w bits.
 */
import { fullMask, prefixMask } from "./values.js";
import { ITEMS } from "./vocabulary.js";
import type { FieldMatch, PatternItem, Rule } from "./rule.js";

/** A rule for each combination of prefixes of its ranges: itself where it has none. Ranges under a partial mask stay. */
export function withoutRanges(rule: Rule): readonly Rule[] {
  return combinations(rule.pattern.map(itemsOf)).map((pattern) => ({ ...rule, pattern }));
}

function itemsOf({ name, fields }: PatternItem): readonly PatternItem[] {
  const choices = Object.entries(fields).map(([field, match]) =>
    matchesOf(match, ITEMS.get(name)?.get(field)?.bits ?? 0).map((each) => [field, each] as const),
  );
  return combinations(choices).map((chosen) => ({ name, fields: Object.fromEntries(chosen) }));
}

function matchesOf(match: FieldMatch, bits: number): readonly FieldMatch[] {
  const { spec = 0n, last, mask = fullMask(bits) } = match;
  if (last === undefined || mask !== fullMask(bits)) return [match];
  return prefixesOf(spec, last, bits);
}

/** @param last at least `first` */
export function prefixesOf(
  first: bigint,
  last: bigint,
  bits: number,
): readonly Required<Pick<FieldMatch, "spec" | "mask">>[] {
  const prefixes = [];
  for (let from = first; from <= last;) {
    let free = 0;
    while (free < bits && (from & (1n << BigInt(free))) === 0n && from + (2n << BigInt(free)) - 1n <= last) free += 1;
    prefixes.push({ spec: from, mask: prefixMask(bits - free, bits) });
    from += 1n << BigInt(free);
  }
  return prefixes;
}

function combinations<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>(
    (done, next) => done.flatMap((chosen) => next.map((each) => [...chosen, each])),
    [[]],
  );
}
