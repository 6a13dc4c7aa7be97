import { describe, expect, it } from "vitest";
import { effectSeconds, effectUnknown } from "../../../src/experiments/rules/storm/effect.js";
import { stormConfig, stormOutcome } from "../../../src/experiments/rules/storm.js";
import { stormParameters } from "../../../src/experiments/rules/storm/parameters.js";
import { counts, result, storm } from "./sample.js";

const EFFECT = {
  rules: 10,
  match: "eth/ipv4/udp",
  storm: { size: 1, effect: true },
  traffic: { profile: "uniform", flows: 1, rate: "1kpps" },
};

function configOf(changes: object = {}, operation = "insert") {
  const point = stormParameters.parse({ ...EFFECT, storm: { ...EFFECT.storm, operation }, ...changes });
  return stormConfig({ point, seed: 7, warmupSeconds: 0, durationSeconds: 1, roles: {} }, 1000, undefined);
}

/** 400 frames met what was before, the other 600 what is now. */
const outcomeOf = (before: "matchedFrames" | "defaultFrames", sent = 1000) => {
  const after = before === "matchedFrames" ? "defaultFrames" : "matchedFrames";
  return result({
    storm: storm({ done: 1, intended: 1, firstSeconds: 0.39 }),
    rules: counts({ [before]: 400, [after]: 600 }),
    frames: { sent, received: sent, drops: [] },
  });
};

const problems = (input: unknown) =>
  stormParameters.safeParse(input).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

describe("the time until a change of a rule tells", () => {
  it("is that of the first frame that met it, from the beginning of the call", () => {
    expect(effectSeconds(configOf(), outcomeOf("defaultFrames"))).toBeCloseTo(0.01, 9);
    expect(effectSeconds(configOf({}, "delete"), outcomeOf("matchedFrames"))).toBeCloseTo(0.01, 9);
    expect(stormOutcome(configOf(), outcomeOf("defaultFrames")).metrics["effect_latency"]).toBeCloseTo(1e7, 0);
  });

  it("is not told where frames got lost before the rules, or none met the change", () => {
    const lost = outcomeOf("defaultFrames", 1001);
    expect(effectUnknown(configOf(), lost)).toContain("Of 1001 frames the rules saw 1000");
    const outcome = stormOutcome(configOf(), lost);
    expect(outcome.status).toBe("suspect");
    expect(outcome.flags).toContain("frames-missed");
    expect(outcome.metrics).not.toHaveProperty("effect_latency");
    const never = { ...outcomeOf("defaultFrames"), rules: counts({ defaultFrames: 1000 }) };
    expect(effectUnknown(configOf(), never)).toContain("No frame met the change");
  });

  it("is left out where nobody asked", () => {
    const plain = configOf({ storm: { size: 1 } });
    expect(plain.ruleSet).not.toHaveProperty("matchFrom");
    expect(effectSeconds(plain, outcomeOf("defaultFrames"))).toBeUndefined();
    expect(effectUnknown(plain, outcomeOf("defaultFrames", 1001))).toBeUndefined();
  });

  it("is about the rule that comes or goes: the software NIC's newest, the oldest of others", () => {
    expect(configOf().ruleSet).toMatchObject({ rules: 10, matchShare: 1, matchFrom: 10 });
    expect(configOf({}, "delete").ruleSet.matchFrom).toBe(9);
    expect(configOf({ classifier: "ovs" }, "delete").ruleSet.matchFrom).toBe(0);
    expect(configOf({ classifier: "ovs" }).ruleSet.matchFrom).toBe(10);
  });

  it.each([
    ["another operation", { storm: { ...EFFECT.storm, operation: "update" } }, "storm.operation: of which"],
    ["a larger batch", { storm: { effect: true, size: 2 } }, "storm.size: must be 1"],
    ["a rate of changes", { storm: { effect: true, rate: 10 } }, "storm.size: must be 1"],
    ["other shares of flows", { match_share: "50%" }, "match_share: has no effect with storm.effect"],
    ["several flows", { traffic: { ...EFFECT.traffic, flows: 2 } }, "traffic.flows: must be 1"],
    ["no rate", { traffic: { ...EFFECT.traffic, rate: "max" } }, "traffic.rate: must be a rate"],
    ["rules that no flow can match", { match: "eth/ipv6" }, "storm.effect: is for match"],
  ])("refuses %s", (_name, changes, problem) => {
    expect(problems({ ...EFFECT, ...changes }).join("\n")).toContain(problem);
  });
});
