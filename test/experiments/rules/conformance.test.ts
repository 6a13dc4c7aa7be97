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
import { fakeAgent, problems } from "./sample.js";
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

  it("asks the software NIC the same, of any host with the addon", async () => {
    const input = { capability: "priority" };
    const { outcome, calls } = await trial(input, ANSWER);
    expect(outcome.metrics).toEqual({ support: 0.5 });
    expect(calls).toMatchObject([{ method: "rules.conformance", params: { capability: "priority" } }]);
    expect(paramsSchemas["rules.conformance"].parse(calls[0]?.params)).toEqual({ capability: "priority" });
    const hosts = { native: NATIVE, facts: FACTS, roles: {} };
    expect(rulesConformance.cannotRun(conformanceParameters.parse(input), hosts)).toBeUndefined();
  });

  it("refuses what nobody can be asked for", () => {
    expect(problems(conformanceParameters, { capability: "item ipx" })[0]).toContain("capability");
  });

  it.each<[Partial<ConformanceParameters>, string]>([
    [{ capability: "range", classifier: "ovs" }, "there is no Open vSwitch"],
  ])("skips %j, and says why", (input, words) => {
    const facts = { ...FACTS, classifiers: { ovs: "unavailable: there is no Open vSwitch" } };
    const why = rulesConformance.cannotRun(conformanceParameters.parse(input), { native: NATIVE, facts, roles: {} });
    expect(why).toContain(words);
  });
});
