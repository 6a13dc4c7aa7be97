/** Ranges as prefixes. */
import { describe, expect, it } from "vitest";
import { parseRule } from "../../src/rules/parse.js";
import { prefixesOf, withoutRanges } from "../../src/rules/ranges.js";
import type { Rule } from "../../src/rules/rule.js";

function ruleOf(pattern: string): Rule {
  const text = `flow create 0 ingress pattern ${pattern} / end actions drop / end`;
  const parsed = parseRule(text, { source: "", number: 1 });
  if ("problem" in parsed) throw new Error(parsed.problem.message);
  return parsed.rule;
}

describe("a range", () => {
  it.each([
    [0, 0],
    [0, 15],
    [1, 14],
    [3, 3],
    [5, 12],
    [8, 15],
  ])(
    "of four bits, from %i to %i, is the prefixes of just these values, none of which could be left out",
    (first, last) => {
      const prefixes = prefixesOf(BigInt(first), BigInt(last), 4);
      const covered = (value: number): number =>
        prefixes.filter(({ spec, mask }) => (BigInt(value) & mask) === spec).length;
      for (let value = 0; value < 16; value += 1) expect(covered(value)).toBe(value >= first && value <= last ? 1 : 0);
    },
  );

  it("has at most 2w - 2 prefixes, and those of ClassBench's classes one and six", () => {
    expect(prefixesOf(1n, 65_534n, 16)).toHaveLength(30);
    expect(prefixesOf(0n, 1023n, 16)).toHaveLength(1);
    expect(prefixesOf(1024n, 65_535n, 16)).toHaveLength(6);
  });
});

describe("a rule", () => {
  it("is one for each pair of prefixes of its ranges, and itself without", () => {
    const exact = ruleOf("eth / ipv4 src is 10.0.0.1 / udp dst is 53");
    expect(withoutRanges(exact)).toEqual([exact]);
    const wide = ruleOf("eth / ipv4 / udp src spec 1024 src last 65535 dst spec 20 dst last 21");
    const rules = withoutRanges(wide);
    expect(rules).toHaveLength(6);
    expect(rules.every(({ pattern }) => pattern[2]?.fields["dst"]?.mask === 0xfffen)).toBe(true);
    expect(rules.every(({ actions }) => actions === wide.actions)).toBe(true);
  });

  it("keeps a range under a mask, which no prefixes are", () => {
    const masked = ruleOf("eth / ipv4 / udp dst spec 16 dst last 32 dst mask 0x00f0");
    expect(withoutRanges(masked)).toEqual([masked]);
  });
});
