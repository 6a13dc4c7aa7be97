/** Claims and references of a suite, checked with file, line and column when the suite is loaded. */
import { describe, expect, it } from "vitest";
import { suiteChecks } from "../../src/paper/suite_checks.js";
import { load, refusal } from "../suite/sample.js";

const FIXED = "with: { table: cuckoo }\ntraffic: { profile: campus, flows: 1M, rate: max }\n";

describe("a suite with claims and references", () => {
  it("is loaded if they are right, also with keys that only the language of claims knows", async () => {
    const expectation =
      "ratio: { metric: forwarding_rate, of: { table: cuckoo }, to: { table: hopscotch }, at_least: 1.5x }";
    const suite = await load(
      `${FIXED}claims:\n  - { id: A, says: a, where: { cores: 1 }, tags: [x], expect: { ${expectation} } }\n` +
        "plots: [{ title: a, mark: bar, x: table, y: forwarding_rate, reference: hpsr21/single_thread }]\n",
      await suiteChecks(),
    );
    expect(suite.claims).toHaveLength(1);
    expect(suite.plots[0]?.reference).toBe("hpsr21/single_thread");
  });

  it.each([
    [
      "a metric that there is not",
      "claims:\n  - { id: A, says: a, expect: { within: { metric: fowarding_rate, above: 1 } } }\n",
      "7:51: claims[0].expect.within.metric: 'fowarding_rate' is no metric; did you mean 'forwarding_rate'?",
    ],
    [
      "a parameter that no point has",
      "claims:\n  - id: A\n    says: a\n    where: { tabel: cuckoo }\n    expect: { within: { metric: loss_ratio, below: 1% } }\n",
      "9:14: claims[0].where.tabel: 'tabel' is no parameter; did you mean 'table'?",
    ],
    [
      "a limit of another unit",
      "claims:\n  - { id: A, says: a, expect: { within: { metric: forwarding_rate, above: 5Gbps } } }\n",
      "7:75: claims[0].expect.within.above: '5Gbps' does not fit forwarding_rate, which is in frames/s",
    ],
    [
      "an operator that there is not",
      "claims:\n  - { id: A, says: a, expect: { ordr: {} } }\n",
      "7:33: claims[0].expect: unknown key 'ordr'; did you mean 'order'?",
    ],
    [
      "a key that no claim has",
      "claims:\n  - { id: A, says: a, expected: 1, expect: { untestable: b } }\n",
      "7:23: claims[0]: unknown key 'expected'; did you mean 'expect'?",
    ],
    [
      "a published table that there is not",
      "plots: [{ title: a, mark: bar, x: table, y: loss_ratio, reference: hpsr21/single_tread }]\n",
      "6:68: plots[0].reference: 'hpsr21/single_tread' is no published table; did you mean 'hpsr21/single_thread'?",
    ],
    [
      "a published table that there is not, with rows picked",
      "plots: [{ title: a, mark: bar, x: table, y: loss_ratio, reference: { series: x/y, pick: { nic: cx5 } } }]\n",
      "6:78: plots[0].reference.series: 'x/y' is no published table; there are: hpsr21/",
    ],
  ])("points to %s", async (_name, body, message) => {
    const error = await refusal(`${FIXED}${body}`, await suiteChecks());
    expect(error.code).toBe("SUITE_INVALID");
    expect(error.message).toContain(`suite.yaml:${message}`);
  });

  it("has all its problems told together, those of claims among the others", async () => {
    const { message } = await refusal(
      `${FIXED}plots: [{ title: a, mark: bar, x: tabel, y: loss_ratio }]\n` +
        "claims:\n  - { id: A, says: a, expect: { within: { metric: x, above: 1 } } }\n",
      await suiteChecks(),
    );
    expect(message.split("\n")[0]).toBe("2 problems in suite.yaml:");
    expect(message).toContain("suite.yaml:6:35: plots[0].x:");
    expect(message).toContain("suite.yaml:8:51: claims[0].expect.within.metric:");
  });
});
