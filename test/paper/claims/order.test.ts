import { describe, expect, it } from "vitest";
import { judge, point, type Value } from "../run.js";

const tables = (rates: Readonly<Record<string, number | Value>>) =>
  Object.entries(rates).map(([table, rate]) => point({ table }, { forwarding_rate: rate }));

const order = (is: string, more = "") => `order: { metric: forwarding_rate, across: table, is: '${is}'${more} }`;

const measured = tables({ "cuckoo++": 48.2e6, "robin-map": 46.1e6, hopscotch: 46e6, cuckoo: 44e6, chaining: 40e6 });

describe("an order", () => {
  it("is confirmed with values, unit and the ratio of two", () => {
    const { verdict, evidence, points } = judge(order("cuckoo++ > robin-map"), measured);
    expect(verdict).toBe("confirmed");
    expect(evidence).toBe("cuckoo++ 48.2 > robin-map 46.1 Mpps (ratio 1.05 [1.02, 1.07])");
    expect(points).toEqual(['{"table":"cuckoo++"}', '{"table":"robin-map"}']);
  });

  it("is confirmed as a whole chain with the closest pair named", () => {
    const { verdict, evidence } = judge(order("cuckoo++ > robin-map ~ hopscotch > cuckoo > chaining"), measured);
    expect(verdict).toBe("confirmed");
    expect(evidence).toMatch(
      /^cuckoo\+\+ 48.2 > robin-map 46.1 ~ hopscotch 46 > cuckoo 44 > chaining 40 Mpps \(closest: /,
    );
  });

  it("is refuted by one pair the wrong way round, which the evidence names", () => {
    const { verdict, evidence } = judge(order("cuckoo++ > cuckoo > robin-map"), measured);
    expect(verdict).toBe("refuted");
    expect(evidence).toContain("cuckoo 44 [43.6, 44.4] Mpps is not above robin-map 46.1 [45.6, 46.6] Mpps");
  });

  it("is inconclusive where intervals overlap", () => {
    const { verdict, evidence } = judge(order("cuckoo++ > robin-map > hopscotch"), measured);
    expect(verdict).toBe("inconclusive");
    expect(evidence).toContain("robin-map 46.1 [45.6, 46.6] Mpps may not be above hopscotch");
  });

  it("is not testable without one of its values, and says which and what it may have meant", () => {
    const { verdict, evidence } = judge(order("cuckoo++ > robin-mop"), measured);
    expect(verdict).toBe("not testable here");
    expect(evidence).toBe("the run has no such point with table robin-mop (nearest: robin-map)");
  });

  it("is not testable where a point was skipped or failed, with the reason", () => {
    const others = [
      point({ table: "a" }, {}, { status: "skipped", reason: "the host has 2 CPUs" }),
      point({ table: "b" }, {}, { status: "failed", reason: "the agent died" }),
      point({ table: "c" }, {}, { status: "pending" }),
      point({ table: "d" }, { loss_ratio: 0 }),
    ];
    const evidence = (name: string) => judge(order(`cuckoo > ${name}`), [...measured, ...others]).evidence;
    expect(evidence("a")).toBe("a was skipped: the host has 2 CPUs");
    expect(evidence("b")).toBe("b failed: the agent died");
    expect(evidence("c")).toBe("c was not measured to the end");
    expect(evidence("d")).toBe("d has no forwarding_rate");
  });

  it("is refuted even if another value is missing: no further value can mend it", () => {
    expect(judge(order("chaining > cuckoo > missing"), measured).verdict).toBe("refuted");
  });

  it("reads < as well, with the greater value above the fraction line", () => {
    const { verdict, evidence } = judge(order("chaining < cuckoo"), measured);
    expect([verdict, evidence]).toEqual(["confirmed", "chaining 40 < cuckoo 44 Mpps (ratio 1.1 [1.08, 1.12])"]);
    expect(judge(order("cuckoo < chaining"), measured).evidence).toContain("is not below");
  });

  it("allows the tolerance for >= and ~, and no more", () => {
    expect(judge(order("hopscotch >= robin-map", ", tolerance: 5%"), measured).verdict).toBe("confirmed");
    expect(judge(order("hopscotch >= robin-map", ", tolerance: 1%"), measured).verdict).toBe("inconclusive");
    expect(judge(order("chaining >= cuckoo++", ", tolerance: 5%"), measured).verdict).toBe("refuted");
    expect(judge(order("hopscotch ~ robin-map", ", tolerance: 1%"), measured).verdict).toBe("inconclusive");
    expect(judge(order("chaining ~ cuckoo++", ", tolerance: 5%"), measured).evidence).toContain(
      "is not about equal to",
    );
    expect(judge(order("chaining <= cuckoo++"), measured).verdict).toBe("confirmed");
  });

  it("compares every value of a group with every value of the next", () => {
    expect(judge(order("robin-map ~ cuckoo++ > hopscotch"), measured).evidence).toContain("robin-map 46.1");
    expect(judge(order("robin-map ~ cuckoo++ > hopscotch"), measured).verdict).toBe("inconclusive");
  });

  it("must hold at every combination of the other parameters", () => {
    const points = [1, 2].flatMap((cores) =>
      ["a", "b"].map((table) => point({ table, cores }, { forwarding_rate: table === "a" ? 5e6 : cores * 4e6 })),
    );
    const { verdict, evidence, details } = judge(order("a > b"), points);
    expect(verdict).toBe("refuted");
    expect(evidence).toBe(
      "at cores 2: a 5 [4.95, 5.05] Mpps is not above b 8 [7.92, 8.08] Mpps (a / b 0.625 [0.613, 0.638]); refuted in 1 of 2 cases",
    );
    expect(details).toHaveLength(2);
    expect(judge(order("a > b", ", where: { cores: 1 }"), points).verdict).toBe("confirmed");
  });

  it("orders numbers as they are written in suites", () => {
    const points = [1, 1024, 65_536].map((flows) =>
      point({ "traffic.flows": flows }, { forwarding_rate: 1e9 / flows }),
    );
    const claim = "order: { metric: forwarding_rate, across: traffic.flows, is: 1 > 1Ki > 64Ki }";
    expect(judge(claim, points)).toMatchObject({
      verdict: "confirmed",
      evidence:
        "flows 1 1 Gpps > flows 1Ki 977 kpps > flows 64Ki 15.3 kpps (closest: flows 1Ki / flows 64Ki 64 [62.7, 65.3])",
    });
  });
});
