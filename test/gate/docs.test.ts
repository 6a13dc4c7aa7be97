import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { leastTrials } from "../../src/gate/judge.js";
import { gateRulesOf } from "../../src/suite/gate.js";

const guide = readFileSync(new URL("../../docs/ci.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/```yaml\n([\s\S]+?)```/g)].map(([, text = ""]): unknown => parse(text));

describe("the guide to CI", () => {
  it("says how many comparisons so many trials can decide at once", () => {
    const row = (name: string): number[] => {
      const [, cells = ""] = new RegExp(`^\\| ${name} \\|(.+)\\|$`, "m").exec(guide) ?? [];
      return cells.split("|").map(Number);
    };
    const comparisons = row("comparisons");
    expect(comparisons).toHaveLength(6);
    for (const [index, n] of row("n").entries()) {
      const most = comparisons[index] ?? Number.NaN;
      expect(leastTrials(0.99, most + 1), `${n} trials`).toBeGreaterThan(n);
      if (most > 0) expect(leastTrials(0.99, most), `${n} trials`).toBeLessThanOrEqual(n);
    }
  });

  it("shows a gate that suites can have, and workflows that are YAML", () => {
    expect(gateRulesOf(blocks[0], [])).toMatchObject([{ metric: "forwarding_rate" }, { metric: "latency_p99" }]);
    expect(blocks.slice(1)).toMatchObject([{ jobs: { gate: {} } }, { performance: {} }]);
  });
});
