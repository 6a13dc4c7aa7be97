import { describe, expect, it } from "vitest";
import { checkClaims } from "../../../src/paper/language/check.js";
import { problemText } from "../../../src/yaml/problems.js";
import { find } from "../../../src/yaml/located.js";
import { parseYaml } from "../../../src/yaml/read.js";
import { METRICS, yaml } from "../run.js";

const context = {
  metrics: METRICS,
  parameters: ["table", "cores", "rules", "traffic.flows"],
  references: ["hpsr21/multi_thread"],
};

/** Problems of a suite's claims, as the user reads them. */
function problems(suite: string): readonly string[] {
  const { node } = parseYaml(suite, { source: "suite.yaml", line: 1, column: 1 });
  const claims = node === undefined ? undefined : find(node, ["claims"]);
  return checkClaims(claims, context).map(problemText);
}

describe("checking the claims of a suite", () => {
  it("finds nothing wrong with good ones, or with none", () => {
    const good = `
claims:
  - id: A1
    says: x
    where: { traffic.flows: 64Ki }
    expect: { within: { metric: latency_p99, at_most: 250us, where: { table: cuckoo } } }
  - id: A2
    says: y
    expect: { published: { metric: link_rate, along: cores, series: hpsr21/multi_thread, within: 25% } }
`;
    expect(problems(good)).toEqual([]);
    expect(problems("name: x")).toEqual([]);
  });

  it("tells line and column of a wrong name, and the nearest right one", () => {
    const suite = `
claims:
  - id: A1
    says: x
    expect:
      ratio: { metric: link_rat, of: { tabel: cuckoo }, to: { cores: 1 }, at_least: 2 }
`;
    expect(problems(suite)).toEqual([
      expect.stringMatching(
        /^suite.yaml:6:24: claims\[0\].expect.ratio.metric: 'link_rat' is no metric; did you mean 'link_rate'/,
      ),
      expect.stringMatching(
        /^suite.yaml:6:40: claims\[0\].expect.ratio.of.tabel: 'tabel' is no parameter; did you mean 'table'/,
      ),
    ]);
  });

  it("tells where the shape is wrong", () => {
    const suite = `
claims:
  - { id: A1, says: x, expect: { order: { metric: link_rate, across: table, is: a } } }
`;
    expect(problems(suite)).toEqual([
      expect.stringMatching(/^suite.yaml:3:81: claims\[0\].expect.order.is: one value/),
    ]);
    expect(problems("claims: 5")).toEqual([expect.stringContaining("suite.yaml:1:9: claims: 5 is not a list")]);
  });

  it.each([
    [
      "within: { metric: link_rate, at_least: 5Mpps }",
      "within.at_least: '5Mpps' does not fit link_rate, which is in bit/s; write 97Gbps",
    ],
    ["within: { metric: latency_p99, between: [1us, 1Gbps] }", "within.between[1]: '1Gbps' does not fit latency_p99"],
    [
      "knee: { metric: link_rate, along: cores, rises_to: 95pps, at_most: 3 }",
      "knee.rises_to: '95pps' does not fit link_rate",
    ],
    [
      "knee: { metric: link_rate, along: cores, rises_to: 95Gbps, at_most: three }",
      "knee.at_most: 'three' is not a number",
    ],
    [
      "knee: { metric: link_rate, along: cores, rises_to: 1Gbps, of: { table: a }, to: { table: b }, above: 5us }",
      "'5us' is not a factor",
    ],
    [
      "cliff: { metric: link_rate, along: rules, falls_by: 3, between: [few, 5k] }",
      "cliff.between[0]: 'few' is not a number",
    ],
    [
      "cliff: { metric: link_rate, along: rules, falls_by: 3, same_place_as: { metric: nope, rises_by: 3 } }",
      "same_place_as.metric: 'nope'",
    ],
    [
      "published: { metric: link_rate, along: cores, series: hpsr21/multi_tread, same_order: true }",
      "did you mean 'hpsr21/multi_thread'?",
    ],
    [
      "all: [{ not: { monotone: { metric: link_rate, along: core, is: flat } } }]",
      "all[0].not.monotone.along: 'core' is no parameter",
    ],
    [
      "any: [{ linear: { metric: link_rate, along: cores, r2: 0.9, where: { sharing: x } } }]",
      "any[0].linear.where.sharing: 'sharing'",
    ],
  ])("refuses %s", (expectation, message) => {
    const found = checkClaims([{ id: "A1", says: "x", expect: yaml(expectation) }], context).map(problemText);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it("refuses a second claim with the same id, and a wrong parameter of the claim's own where", () => {
    const claim = { id: "A1", says: "x", expect: { untestable: "because" } };
    const found = checkClaims([claim, claim, { ...claim, id: "A2", where: { flow: 1 } }], context).map(problemText);
    expect(found).toEqual([
      expect.stringContaining("[2].where.flow"),
      expect.stringContaining("[1].id: 'A1' is the id of an earlier claim"),
    ]);
  });
});
