import { describe, expect, it } from "vitest";
import { judge, point } from "../run.js";

const costs = { cuckoo: [148, 1047], "robin-map": [34, 3409], chaining: [328, 374] };
const occupancy = Object.entries(costs).flatMap(([table, cycles]) =>
  [0.1, 0.95].map((load_factor, index) => point({ table, load_factor }, { insert_cost: cycles[index] ?? 0 })),
);

const ratio = (limits: string, more = "") =>
  `ratio: { metric: insert_cost, of: { load_factor: 95% }, to: { load_factor: 10% }, ${limits}${more} }`;

describe("a ratio", () => {
  it("is confirmed for every value that it leaves open, with the closest as evidence", () => {
    const { verdict, evidence } = judge(ratio("at_least: 5", ", where: { table: { not: chaining } }"), occupancy);
    expect(verdict).toBe("confirmed");
    expect(evidence).toBe(
      "at cuckoo: load factor 0.95 1.05k / load factor 0.1 148 cycles: ratio 7.07 [6.93, 7.22], " +
        "expected at least 5; holds in all 2 cases, this is the closest",
    );
  });

  it("is refuted with the worst case", () => {
    const { verdict, evidence } = judge(ratio("between: [2, 10]"), occupancy);
    expect(verdict).toBe("refuted");
    expect(evidence).toMatch(/^at robin-map: .* ratio 100 .*expected 2 to 10; refuted in 2 of 3 cases$/);
  });

  it("is inconclusive where the ratio's interval holds the limit", () => {
    expect(judge(ratio("at_least: 7", ", where: { table: cuckoo }"), occupancy).verdict).toBe("inconclusive");
    expect(judge(ratio("below: 1.15", ", where: { table: chaining }"), occupancy).verdict).toBe("inconclusive");
  });

  it("is not testable without a side, and says which", () => {
    const without = occupancy.filter(({ params }) => params["load_factor"] !== 0.95);
    const { verdict, evidence } = judge(ratio("at_least: 5"), without);
    expect(verdict).toBe("not testable here");
    expect(evidence).toContain("the run has no such point with load_factor 95%");
    expect(judge(ratio("at_least: 5"), []).verdict).toBe("not testable here");
  });

  it("is not testable for values of where that the run lacks, unless it is refuted anyway", () => {
    const where = ", where: { table: [cuckoo, hopscotch] }";
    expect(judge(ratio("at_least: 5", where), occupancy)).toMatchObject({
      verdict: "not testable here",
      evidence: "the run has no such point with table hopscotch; not testable here in 1 of 2 cases",
    });
    expect(judge(ratio("at_least: 50", where), occupancy).verdict).toBe("refuted");
  });

  it("takes the smallest and the largest number, and a word where points have that word", () => {
    const ends =
      "ratio: { metric: insert_cost, of: { load_factor: largest }, to: { load_factor: smallest }, at_least: 1.05 }";
    expect(judge(ends, occupancy).verdict).toBe("confirmed");
    const named = ["smallest", "b"].map((size) => point({ size }, { insert_cost: size === "b" ? 2 : 1 }));
    expect(
      judge("ratio: { metric: insert_cost, of: { size: b }, to: { size: smallest }, at_least: 1.5 }", named).verdict,
    ).toBe("confirmed");
  });

  it("lets the metric choose the best and the worst", () => {
    const claim = (limits: string) =>
      `ratio: { metric: insert_cost, of: { table: { highest: any } }, to: { table: { lowest: any } }, ${limits} }`;
    const { verdict, evidence } = judge(claim("at_least: 5"), occupancy);
    expect(verdict).toBe("confirmed");
    expect(evidence).toContain("at load factor 0.95: robin-map 3.41k / chaining 374 cycles: ratio 9.11");
  });

  it("chooses the best of the others when one side is named", () => {
    const claim =
      "ratio: { metric: insert_cost, of: { table: robin-map }, to: { table: { highest: any } }, at_least: 3 }";
    const { evidence } = judge(claim, occupancy, { where: "{ load_factor: 0.95 }" });
    expect(evidence).toContain("robin-map 3.41k / cuckoo 1.05k cycles: ratio 3.26");
  });

  it("needs all listed candidates, but of any only those that were measured", () => {
    const skipped = point({ table: "rte_hash", load_factor: 0.1 }, {}, { status: "skipped", reason: "no DPDK" });
    const best = (candidates: string) =>
      `ratio: { metric: insert_cost, of: { table: chaining }, to: { table: { highest: ${candidates} } }, at_least: 2, where: { load_factor: 0.1 } }`;
    expect(judge(best("any"), [...occupancy, skipped]).verdict).toBe("confirmed");
    expect(judge(best("[cuckoo, rte_hash]"), [...occupancy, skipped])).toMatchObject({
      verdict: "not testable here",
      evidence: "rte_hash was skipped: no DPDK",
    });
  });

  it("compares each value of a list", () => {
    const claim =
      "ratio: { metric: insert_cost, of: { table: chaining }, to: { table: [cuckoo, robin-map] }, above: 3 }";
    expect(judge(claim, occupancy, { where: "{ load_factor: 0.1 }" })).toMatchObject({
      verdict: "refuted",
      evidence: "chaining 328 / cuckoo 148 cycles: ratio 2.22 [2.17, 2.26], expected above 3; refuted in 1 of 2 cases",
    });
  });

  it("compares with a baseline that lacks the parameter which the other side sweeps", () => {
    const points = [
      ...["cuckoo", "chaining"].map((table) => point({ use: "track", table }, { forwarding_rate: 7e6 })),
      point({ use: "forward" }, { forwarding_rate: 10e6 }),
    ];
    const claim = "ratio: { metric: forwarding_rate, of: { use: track }, to: { use: forward }, at_least: 0.6 }";
    expect(judge(claim, points)).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringContaining("all 2 cases"),
    });
  });

  it("is a factor of nothing over nothing that counts as equal", () => {
    const points = ["a", "b"].map((table) => point({ table }, { loss_ratio: 0 }));
    const claim = (limit: string) => `ratio: { metric: loss_ratio, of: { table: a }, to: { table: b }, ${limit} }`;
    expect(judge(claim("at_most: 1"), points).verdict).toBe("confirmed");
    expect(judge(claim("at_least: 3"), points).verdict).toBe("refuted");
  });
});
