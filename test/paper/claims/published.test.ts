import { describe, expect, it } from "vitest";
import { parseReference } from "../../../src/paper/reference/load.js";
import type { ReferenceTable } from "../../../src/paper/reference/table.js";
import { judge as judgeAny, point } from "../run.js";

const CSV = `figure,series,x_name,x,y_name,y,unit,n,min,max,nic
f,Cuckoo++,cores,1,throughput,45.8,Gbps,5,45.5,46.3,
f,RobinMap,cores,1,throughput,44.6,Gbps,5,43.7,44.7,
f,Cuckoo,cores,1,throughput,42.6,Gbps,5,42.3,42.7,
f,Chaining (STL),cores,1,throughput,37.0,Gbps,5,36.7,37.3,
f,Cuckoo,cores,2,throughput,81.2,Gbps,5,80.2,82.1,
f,Cuckoo,cores,4,throughput,97.7,Gbps,5,97.5,97.8,
f,Cuckoo,cores,1,latency_p50,150,us,5,140,160,
`;

const rows = parseReference(CSV, { paper: "hpsr21", file: "small", path: "small.csv" });
const table: ReferenceTable = { name: "hpsr21/small", paper: "hpsr21", rows };
const references = new Map([[table.name, table]]);
const judge = (expectation: string, points: Parameters<typeof judgeAny>[1]) =>
  judgeAny(expectation, points, { references });

/** One core, these tables, link rates in Gbps. */
const tables = (rates: Readonly<Record<string, number>>, spread = 0.001) =>
  Object.entries(rates).map(([name, rate]) =>
    point({ table: name, cores: 1 }, { link_rate: { value: rate * 1e9, spread } }),
  );

const claim = (more: string, along = "table") =>
  `published: { metric: link_rate, along: ${along}, series: hpsr21/small, ${more} }`;
const same = tables({ "cuckoo++": 45, "robin-map": 44, cuckoo: 43, "chaining-stl": 38 });

describe("a published series", () => {
  it("is met within a share, in the same units", () => {
    expect(judge(claim("within: 5%"), same)).toMatchObject({
      verdict: "confirmed",
      evidence:
        "chaining-stl: measured 38 [38, 38] Gbps, published 37 Gbps: ratio 1.03 [1.03, 1.03], expected 0.952 to 1.05",
    });
    expect(judge(claim("within: 1%"), same).verdict).toBe("refuted");
    expect(judge(claim("within: 5%"), tables({ cuckoo: 43 }, 0.1)).verdict).toBe("inconclusive");
  });

  it("is met in shape, relative to one of its values", () => {
    const tenth = tables({ "cuckoo++": 4.5, "robin-map": 4.4, cuckoo: 4.3, "chaining-stl": 3.8 });
    expect(judge(claim("within: 5%"), tenth).verdict).toBe("refuted");
    expect(judge(claim("within: 5%, relative_to: cuckoo++"), tenth)).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringContaining("relative to cuckoo++"),
    });
    expect(judge(claim("within: 5%, relative_to: hopscotch"), tenth).verdict).toBe("not testable here");
    expect(judge(claim("within: 5%, relative_to: cuckoo"), tables({ cuckoo: 4 })).verdict).toBe("not testable here");
  });

  it("is met in order", () => {
    expect(judge(claim("same_order: true"), same)).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringMatching(/^order of 4 values as published; closest: cuckoo\+\+ .* > robin-map /),
    });
    const swapped = tables({ "cuckoo++": 45, "robin-map": 42, cuckoo: 43 });
    expect(judge(claim("same_order: true"), swapped)).toMatchObject({
      verdict: "refuted",
      evidence: expect.stringMatching(/^robin-map 42 .* is not above cuckoo 43 .*, as published \(ratio 0.977/),
    });
    expect(judge(claim("same_order: true"), tables({ "cuckoo++": 45, cuckoo: 44 }, 0.05)).verdict).toBe("inconclusive");
    expect(judge(claim("same_order: true, tolerance: 50%"), same).verdict).toBe("not testable here");
  });

  it("is met by correlation", () => {
    const scaling = (rates: readonly number[], spread = 0.001) =>
      [1, 2, 4].map((cores, index) =>
        point({ table: "cuckoo", cores }, { link_rate: { value: (rates[index] ?? 0) * 1e9, spread } }),
      );
    const correlated = claim("correlation: 0.95", "cores");
    expect(judge(correlated, scaling([4, 8, 10])).verdict).toBe("confirmed");
    expect(judge(correlated, scaling([8, 4, 2])).verdict).toBe("refuted");
    expect(judge(correlated, scaling([4, 5, 5.5], 0.3)).verdict).toBe("inconclusive");
    expect(judge(correlated, scaling([4, 8, 10]).slice(0, 2))).toMatchObject({
      verdict: "not testable here",
      evidence: "only 2 of the published values were measured, and 3 are needed",
    });
  });

  it("compares with what was published for the same other parameters", () => {
    const two = point({ table: "cuckoo", cores: 2 }, { link_rate: 81e9 });
    expect(judge(claim("within: 5%"), [...same, two])).toMatchObject({ verdict: "confirmed" });
    expect(judge(claim("within: 5%"), [point({ table: "cuckoo", cores: 2 }, { link_rate: 43e9 })]).verdict).toBe(
      "refuted",
    );
  });

  it("is not testable without table, quantity, rows, points or the right unit", () => {
    expect(judgeAny(claim("within: 5%"), same).evidence).toBe("the published table hpsr21/small is not at hand");
    expect(judge(claim("within: 5%, y: goodput"), same).evidence).toBe(
      "hpsr21/small has no goodput; it has throughput, latency_p50",
    );
    expect(judge(claim("within: 5%, pick: { nic: cx5 }"), same).evidence).toBe("no row of hpsr21/small has nic cx5");
    expect(judge(claim("within: 5%"), []).evidence).toBe("the run has no point with a table");
    expect(judge(claim("within: 5%"), tables({ flowline: 80 })).verdict).toBe("not testable here");
    expect(judge(claim("within: 5%, y: latency_p50"), same).evidence).toContain(
      "link_rate is in bit/s, the published values in ns",
    );
    const failed = point({ table: "cuckoo", cores: 1 }, {}, { status: "failed", reason: "died" });
    expect(judge(claim("within: 5%"), [failed]).evidence).toBe("cuckoo failed: died");
  });

  it("says how to choose where several rows fit", () => {
    const anyCores = [point({ table: "cuckoo" }, { link_rate: 43e9 })];
    expect(judge(claim("within: 5%"), anyCores).evidence).toBe("3 published rows fit cuckoo; pick by x");
    expect(judge(claim("within: 5%, pick: { cores: 1 }"), anyCores).verdict).toBe("confirmed");
  });
});
