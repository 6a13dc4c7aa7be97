/** The experiment `rules.conformance`. */
import { describe, expect, it } from "vitest";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { resultSchemas } from "../../../src/agent/result_schemas.js";
import {
  conformanceParameters,
  outcomeOf,
  rulesConformance,
  type ConformanceParameters,
} from "../../../src/experiments/rules/conformance.js";
import { FACTS } from "../../results/sample.js";
import { NATIVE } from "../conntrack_sample.js";
import { fakeAgent, problems, rateResult } from "./sample.js";
import type { AgentHandle } from "../../../src/experiments/experiment.js";

const ANSWER = { support: 0.5, said: "the frame 'eth' was taken by no rule", environment: { stealSeconds: 0 } };

async function trial(input: unknown, answer: unknown) {
  const agent = fakeAgent(answer);
  const outcome = await rulesConformance.runTrial({
    point: conformanceParameters.parse(input),
    seed: 1,
    warmupSeconds: 0,
    durationSeconds: 1,
    graceSeconds: 10,
    roles: {},
    agent: () => agent as unknown as AgentHandle,
  });
  return { outcome, calls: agent.calls };
}

describe("rules.conformance", () => {
  it("asks a classifier for one capability, and keeps what it said", async () => {
    const { outcome, calls } = await trial({ classifier: "nftables", capability: "range" }, ANSWER);
    expect(resultSchemas["rules.conformance"].parse(ANSWER)).toEqual(ANSWER);
    expect(outcome).toEqual({ status: "ok", flags: [], metrics: { support: 0.5 }, notes: { said: ANSWER.said } });
    const [{ method, params } = { method: "", params: {} }] = calls;
    expect(method).toBe("rules.conformance");
    expect(params).toEqual({ classifier: { name: "nftables", nftablesForm: "rules" }, capability: "range" });
    expect(paramsSchemas["rules.conformance"].parse(params)).toEqual(params);
  });

  it("has nothing to tell of what is there", () => {
    expect(outcomeOf({ support: 1, said: "" }).notes).toEqual({});
  });

  it("reads the software NIC's answer off a trial of rules.rate", async () => {
    const { outcome, calls } = await trial({ capability: "item vxlan" }, rateResult());
    expect(outcome.metrics).toEqual({ support: 1 });
    expect(calls).toMatchObject([{ method: "rules.rate", params: { ruleSet: { match: "vxlan/ipv4" } } }]);
    expect(paramsSchemas["rules.rate"].parse(calls[0]?.params)).toEqual(calls[0]?.params);
    const wrong = await trial({ capability: "item vxlan" }, rateResult({ wrong: 3 }));
    expect(wrong.outcome).toMatchObject({
      metrics: { support: 0 },
      notes: { said: expect.stringContaining("3 of") as string },
    });
  });

  it("says what the software NIC does not do, which is a result, and not why it cannot be asked", async () => {
    const input = { capability: "action set_mac_dst" };
    const { outcome, calls } = await trial(input, rateResult());
    expect(outcome).toMatchObject({ status: "ok", metrics: { support: 0 } });
    expect(outcome.notes?.["said"]).toMatch(/^The software NIC does not do it: its rules choose/);
    expect(calls).toEqual([]);
    const hosts = { native: NATIVE, facts: FACTS, roles: {} };
    expect(rulesConformance.cannotRun(conformanceParameters.parse(input), hosts)).toBeUndefined();
  });

  it("refuses what nobody can be asked for", () => {
    expect(problems(conformanceParameters, { capability: "item ipx" })[0]).toContain("capability");
  });

  it.each<[Partial<ConformanceParameters>, string]>([
    [{ capability: "priority" }, "has 'priority', but no trial shows it yet"],
    [{ capability: "range", classifier: "ovs" }, "there is no Open vSwitch"],
  ])("skips %j, and says why", (input, words) => {
    const facts = { ...FACTS, classifiers: { ovs: "unavailable: there is no Open vSwitch" } };
    const why = rulesConformance.cannotRun(conformanceParameters.parse(input), { native: NATIVE, facts, roles: {} });
    expect(why).toContain(words);
  });
});
