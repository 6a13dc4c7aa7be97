/** Several control threads in `rules.rate`: their cores, and who has none. */
import { describe, expect, it } from "vitest";
import { resultSchemas } from "../../../src/agent/result_schemas.js";
import { rateConfig, rulesRate } from "../../../src/experiments/rules/rate.js";
import { rateParameters } from "../../../src/experiments/rules/rate_parameters.js";
import { FACTS } from "../../results/sample.js";
import { NATIVE } from "../conntrack_sample.js";
import { fakeAgent, problems as problemsOf, rateResult } from "./sample.js";
import type { AgentHandle } from "../../../src/experiments/experiment.js";

const problems = (input: unknown) => problemsOf(rateParameters, input);
const dut = { host: "here", io: "dpdk", device: "0000:17:00.0", cpus: [2], spare: [3] };
const context = (input: unknown) => ({
  point: rateParameters.parse(input),
  seed: 7,
  warmupSeconds: 0,
  durationSeconds: 1,
  roles: { dut },
});

describe("control threads in rules.rate", () => {
  it("have rules, and none that are listed", () => {
    expect(problems({ control_threads: 3, operations: 2 })).toEqual([
      "control_threads: must be at most operations (2)",
    ]);
    expect(problems({ control_threads: 3, operation: "update", rules: 2 })).toEqual([
      "control_threads: must be at most rules (2)",
    ]);
    expect(problems({ control_threads: 2, filter_set: "acl", rules: 100 })[0]).toContain("listed rules");
    expect(problems({ control_threads: 2 })).toEqual([]);
  });

  const facts = { ...FACTS, memoryBytes: 8e9, classifiers: { nftables: "1.0.6", ovs: "3.1.0", rte_flow: "22.11" } };
  const why = (input: object) =>
    rulesRate.cannotRun(rateParameters.parse({ control_threads: 3, ...input }), {
      native: NATIVE,
      facts,
      roles: { dut },
    });
  const cpusOf = (input: object) => rateConfig(context(input)).cpus;

  it("have a core each, or take turns where the point says so", () => {
    expect(why({})).toContain("asks for 3 cores for the DUT, and 2 are left");
    expect(why({ control_threads: 2 })).toBeUndefined();
    expect(cpusOf({ control_threads: 2 })).toEqual([2, 3]);
    expect(why({ oversubscribe: true })).toBeUndefined();
    expect(cpusOf({ control_threads: 3, oversubscribe: true })).toEqual([-1, -1, -1]);
  });

  it("have the generator's CPUs too where it is on the same host, for it has nothing to do", () => {
    const generator = { host: "here", io: "ring", cpus: [5] };
    const point = context({ control_threads: 3 });
    expect(rateConfig({ ...point, roles: { dut, generator } }).cpus).toEqual([2, 3, 5]);
    expect(rateConfig({ ...point, roles: { dut, generator: { ...generator, host: "there" } } }).cpus[0]).toBe(-1);
  });

  it("are connections in Open vSwitch, whose main thread alone has a core", () => {
    expect(why({ classifier: "ovs", control_threads: 8 })).toBeUndefined();
    expect(cpusOf({ classifier: "ovs", control_threads: 3 })).toEqual([2, -1, -1]);
  });

  it.each([
    [{ classifier: "rte_flow" }, "from one thread"],
    [{ classifier: "nftables", nftables_form: "rules" }, "use nftables_form: sets"],
  ])("are refused for %j, with the reason", (input, words) =>
    expect(why({ control_threads: 2, ...input })).toContain(words),
  );

  it("that took turns make a trial suspect", async () => {
    const agent = fakeAgent(resultSchemas["rules.rate"].parse(rateResult()));
    const trial = (input: object) =>
      rulesRate.runTrial({
        ...context(input),
        graceSeconds: 10,
        agent: () => agent as unknown as AgentHandle,
      });
    expect(await trial({ control_threads: 2 })).toMatchObject({ status: "ok" });
    expect(await trial({ control_threads: 3, oversubscribe: true })).toMatchObject({ flags: ["oversubscribed"] });
  });
});
