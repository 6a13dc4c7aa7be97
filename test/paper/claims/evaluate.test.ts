import { describe, expect, it } from "vitest";
import { evaluateClaims, referencesIn } from "../../../src/paper/claims/evaluate.js";
import { parseClaims } from "../../../src/paper/language/claim.js";
import type { PointSummary } from "../../../src/results/model.js";
import { judge, point, summary, yaml } from "../run.js";

const points = [point({ table: "a" }, { link_rate: 10e9 }), point({ table: "b" }, { link_rate: 5e9 })];
const right = "order: { metric: link_rate, across: table, is: a > b }";
const wrong = "order: { metric: link_rate, across: table, is: b > a }";
const open = "ratio: { metric: link_rate, of: { table: a }, to: { table: b }, at_least: 2 }";
const absent = "order: { metric: link_rate, across: table, is: a > c }";

describe("expectations together", () => {
  it.each([
    [[right, right], "confirmed", "confirmed"],
    [[right, wrong], "refuted", "confirmed"],
    [[right, open], "inconclusive", "confirmed"],
    [[open, wrong], "refuted", "inconclusive"],
    [[right, absent], "not testable here", "confirmed"],
    [[absent, wrong], "refuted", "not testable here"],
    [[absent, open], "not testable here", "inconclusive"],
    [[wrong, wrong], "refuted", "refuted"],
  ])("%j: all %s, any %s", (parts, all, any) => {
    const list = parts.map((part) => `{ ${part} }`).join(", ");
    expect(judge(`all: [${list}]`, points).verdict).toBe(all);
    expect(judge(`any: [${list}]`, points).verdict).toBe(any);
  });

  it("turn round under not, but for what is unknown", () => {
    const verdicts = [right, wrong, open, absent].map((part) => judge(`not: { ${part} }`, points).verdict);
    expect(verdicts).toEqual(["refuted", "confirmed", "inconclusive", "not testable here"]);
  });

  it("give the evidence of the parts that decide, and all details", () => {
    const { evidence, details } = judge(`all: [{ ${right} }, { ${wrong} }]`, points);
    expect(evidence).toMatch(/^b 5 .* is not above a 10 /);
    expect(details).toEqual([expect.stringMatching(/^confirmed: a 10 > b 5/), expect.stringMatching(/^refuted: b 5/)]);
    const many = judge(`all: [${Array.from({ length: 5 }, () => `{ ${right} }`).join(", ")}]`, points);
    expect(many.evidence).toMatch(/; and 2 more parts$/);
  });

  it("are never testable if they say so", () => {
    expect(judge("untestable: a cited motivation", points)).toMatchObject({
      verdict: "not testable here",
      evidence: "a cited motivation",
    });
  });
});

describe("the points of a claim", () => {
  it("may be chosen by parameters that all points share, given the manifest", () => {
    const fixed = { cores: 1, traffic: { profile: "campus", flows: 65_536 } };
    const where = "{ cores: 1, traffic.flows: 64Ki, traffic.profile: campus }";
    expect(judge(right, points, { where, fixed }).verdict).toBe("confirmed");
    expect(judge(right, points, { where: "{ cores: 2 }", fixed }).evidence).toBe(
      "the run has no such point with cores 2",
    );
    expect(judge(right, points, { where }).verdict).toBe("not testable here");
  });

  it("are those that meet both conditions, of the claim and of the operator", () => {
    const many = [1, 2, 4].flatMap((cores) =>
      points.map(({ params }) =>
        point({ ...params, cores }, { link_rate: params["table"] === "a" ? 10e9 : cores * 4e9 }),
      ),
    );
    const here = "order: { metric: link_rate, across: table, is: a > b, where: { cores: smallest } }";
    expect(judge(here, many, { where: "{ cores: { from: 1, to: 2 } }" }).verdict).toBe("confirmed");
    expect(judge(here, many, { where: "{ cores: { from: 4 } }" }).verdict).toBe("refuted");
    expect(judge(right, many, { where: "{ cores: { not: [2, 4] } }" }).verdict).toBe("confirmed");
  });

  it("that differ in ignored parameters are compared, and must still be one a side", () => {
    const costs = [
      [0, 0.1, 30],
      [0.9, 0.95, 300],
    ] as const;
    const loads = costs.map(([load_from, load_factor, cycles]) =>
      point({ load_from, load_factor }, { insert_cost: cycles }),
    );
    const claim = "monotone: { metric: insert_cost, along: load_factor, is: rising }";
    expect(judge(claim, loads).evidence).toContain("the run has 1 value of load_factor, and 2 are needed");
    expect(judge(claim, loads, { ignore: ["load_from"] }).verdict).toBe("confirmed");
    const twice = [...loads, point({ load_from: 0.5, load_factor: 0.95 }, { insert_cost: 200 })];
    expect(judge(claim, twice, { ignore: ["load_from"] })).toMatchObject({
      verdict: "not testable here",
      evidence: "more than one point fits load factor 0.95; choose one with where",
    });
    const order = "order: { metric: insert_cost, across: load_factor, is: 0.1 < 0.95 }";
    expect(judge(order, twice, { ignore: ["load_from"] }).verdict).toBe("not testable here");
  });

  it("are compared within alternatives of traffic, never across them", () => {
    const traffics = [{ "traffic.profile": "campus", "traffic.flows": 64 }, { "traffic.pcap": "web.pcap" }];
    const mixed = traffics.flatMap((traffic, index) =>
      ["a", "b"].map((table) =>
        point({ table, ...traffic }, { link_rate: (table === "a" ? 3 : 2) * 10 ** (9 + index) }),
      ),
    );
    expect(judge(right, mixed)).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringContaining("holds in all 2 cases"),
    });
  });
});

describe("suspect points", () => {
  const suspect = (flags: readonly string[]): PointSummary[] => [
    point({ table: "a" }, { link_rate: 10e9 }, { status: "suspect", reason: "x", flags }),
    point({ table: "b" }, { link_rate: 5e9 }),
  ];

  it("keep a verdict open when their median may be bent", () => {
    const { verdict, evidence } = judge(right, suspect(["generator-limited"]));
    expect(verdict).toBe("inconclusive");
    expect(evidence).toBe(
      "would be confirmed, but for suspect points: a 10 > b 5 Gbps (ratio 2 [1.96, 2.04]); 1 suspect point (generator-limited)",
    );
    expect(judge(wrong, suspect(["frames-not-conserved"])).evidence).toContain("would be refuted");
    expect(judge(right, suspect([])).verdict).toBe("inconclusive");
  });

  it("are noted when noise is all that is wrong, for the intervals show that", () => {
    expect(judge(right, suspect(["stolen-cpu"]))).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringMatching(/; 1 suspect point \(stolen-cpu\)$/),
    });
  });

  it("keep a verdict open for noise as well where trials are too few for an interval", () => {
    const three = { link_rate: { value: 10e9, n: 3 } };
    const [, b] = suspect([]);
    const judged = (flags: readonly string[]) =>
      judge(right, [point({ table: "a" }, three, { status: "suspect", reason: "x", flags }), b!]).verdict;
    expect(judged(["stolen-cpu"])).toBe("inconclusive");
    expect(judged(["few-repetitions"])).toBe("confirmed");
  });
});

describe("few trials", () => {
  const few = (n: number) =>
    points.map(({ params }, index) => point(params, { link_rate: { value: 10e9 / (index + 1), n } }));

  it("are said, as their interval promises less", () => {
    expect(judge(right, few(3))).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringMatching(/; intervals are ranges of 3 trials$/),
    });
  });

  it("decide nothing if there is only one", () => {
    expect(judge(right, few(1))).toMatchObject({
      verdict: "inconclusive",
      evidence: expect.stringMatching(/; a single trial has no interval$/),
    });
    for (const claim of [
      "within: { metric: link_rate, at_least: 1bps }",
      "published: { metric: link_rate, along: table, series: x/y, within: 5% }",
      "ratio: { metric: link_rate, of: { table: a }, to: { table: b }, at_least: 0.001 }",
    ]) {
      expect(judge(claim, few(1)).verdict).not.toBe("confirmed");
    }
  });
});

describe("hostile and incomplete runs", () => {
  const claims = [
    right,
    open,
    "within: { metric: link_rate, at_least: 1Gbps }",
    "monotone: { metric: link_rate, along: rules, is: falling }",
    "cliff: { metric: link_rate, along: rules, falls_by: 2 }",
    "knee: { metric: link_rate, along: rules, falls_to: 1Gbps, at_most: 5 }",
    "linear: { metric: link_rate, along: rules, r2: 0.9 }",
    "within: { metric: constructor, at_least: 1 }",
    "order: { metric: link_rate, across: __proto__, is: a > b }",
    "within: { metric: link_rate, at_least: 1, where: { toString: x } }",
  ];
  const broken = (value: number): PointSummary[] =>
    [1, 2, 3].map((rules) => point({ rules, table: rules === 1 ? "a" : "b" }, { link_rate: { value, spread: 0 } }));

  it.each([
    ["no points", []],
    ["points without parameters", [point({}, { link_rate: 1 }), point({}, { link_rate: 2 })]],
    ["points without metrics", broken(1).map((one) => ({ ...one, metrics: {} }))],
    ["NaN", broken(Number.NaN)],
    ["infinity", broken(Infinity)],
    ["negative values", broken(-5)],
    ["zeros", broken(0)],
    ["inverted intervals", broken(5).map((one) => ({ ...one, metrics: inverted(one) }))],
  ])("give a verdict and a sentence with %s", (_, hostile) => {
    for (const claim of claims) {
      const { verdict, evidence } = judge(claim, hostile);
      expect(["confirmed", "refuted", "inconclusive", "not testable here"]).toContain(verdict);
      expect(evidence).not.toMatch(/^$|undefined|NaN|\[object/);
    }
  });

  it("put texts from the suite into evidence on one short line", () => {
    const name = `<b>\n${"x".repeat(200)}`;
    const { evidence } = judge("within: { metric: link_rate, at_least: 1Gbps }", [
      point({ table: name }, { link_rate: 2e9 }),
      point({ table: "b" }, {}),
    ]);
    expect(evidence).not.toContain("\n");
    const long = judge("within: { metric: link_rate, at_least: 3Gbps }", [
      point({ table: name }, { link_rate: 2e9 }),
      point({ table: "b" }, { link_rate: 4e9 }),
    ]);
    expect(long.evidence).toMatch(/^at <b> x+…: link rate/);
  });

  it("are judged in well under the time of a trial with 10,000 points", () => {
    const many = Array.from({ length: 10_000 }, (_, i) =>
      point({ table: i % 2 === 0 ? "a" : "b", rules: Math.floor(i / 2) }, { link_rate: i % 2 === 0 ? 10e9 : 5e9 }),
    );
    expect(judge(right, many)).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringContaining("all 5000 cases"),
    });
    expect(judge("monotone: { metric: link_rate, along: rules, is: flat }", many).verdict).toBe("confirmed");
  });
});

function inverted({ metrics }: PointSummary): PointSummary["metrics"] {
  return Object.fromEntries(
    Object.entries(metrics).map(([name, metric]) => [
      name,
      { ...metric, ci95: [metric.ci95[1] * 2, metric.ci95[0] / 2] as const },
    ]),
  );
}

describe("a suite's claims", () => {
  const claims = parseClaims([
    { id: "A1", says: "one", tags: ["headline"], expect: yaml(right) },
    {
      id: "A2",
      says: "two",
      expect: yaml(`not: { published: { metric: link_rate, along: table, series: x/y, same_order: true } }`),
    },
    {
      id: "A3",
      says: "three",
      expect: yaml(`all: [{ published: { metric: link_rate, along: table, series: x/z, within: 5% } }, { ${right} }]`),
    },
  ]);

  it("are judged one by one, in their order, and equal runs get equal verdicts", () => {
    const results = evaluateClaims(claims, summary(points));
    expect(results.map(({ id, verdict, tags }) => [id, verdict, tags])).toEqual([
      ["A1", "confirmed", ["headline"]],
      ["A2", "not testable here", []],
      ["A3", "not testable here", []],
    ]);
    expect(evaluateClaims(claims, summary(points))).toEqual(results);
  });

  it("name the published tables that they need", () => {
    expect(referencesIn(claims)).toEqual(["x/y", "x/z"]);
  });
});
