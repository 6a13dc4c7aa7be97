import { describe, expect, it } from "vitest";
import { effectSeconds, effectUnknown } from "../../../src/experiments/rules/storm/effect.js";
import { stormConfig, stormOutcome } from "../../../src/experiments/rules/storm.js";
import { stormParameters } from "../../../src/experiments/rules/storm/parameters.js";
import { counts, result, storm } from "./sample.js";
import type { Drop } from "../../../src/observations.js";

const EFFECT = {
  rules: 10,
  match: "eth/ipv4/udp",
  storm: { size: 1, effect: true },
  traffic: { profile: "uniform", flows: 1, rate: "1kpps" },
};

function configOf(changes: object = {}) {
  const point = stormParameters.parse({ ...EFFECT, ...changes });
  return stormConfig({ point, seed: 7, warmupSeconds: 0, durationSeconds: 1, roles: {} }, 1000, undefined);
}

/** Of 1000 frames that the rules saw. */
const outcomeOf = (received: number, { sent = 1000, drops = [] }: { sent?: number; drops?: Drop[] } = {}) =>
  result({
    storm: storm({ done: 1, intended: 1, firstSeconds: 0.39 }),
    rules: counts({ defaultFrames: received, matchedFrames: 1000 - received }),
    frames: {
      sent,
      received,
      drops: [...drops, { place: "dut", cause: "did not come back", frames: sent - received }],
    },
  });

const problems = (input: unknown) =>
  stormParameters.safeParse(input).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

describe("the time until a new rule tells", () => {
  it("is that of the first frame that met it, from the beginning of the call", () => {
    expect(effectSeconds(configOf(), outcomeOf(400))).toBeCloseTo(0.01, 9);
    expect(stormOutcome(configOf(), outcomeOf(400)).metrics["effect_latency"]).toBeCloseTo(1e7, 0);
  });

  it("is not told where frames got lost elsewhere, or none met the change", () => {
    const lost = outcomeOf(400, { sent: 1001 });
    expect(effectUnknown(configOf(), lost)).toContain("Of 1001 frames the rules saw 1000");
    const outcome = stormOutcome(configOf(), lost);
    expect(outcome.status).toBe("suspect");
    expect(outcome.flags).toContain("frames-missed");
    expect(outcome.metrics).not.toHaveProperty("effect_latency");
    const drops = [{ place: "wire to tester", cause: "no room at the receiver", frames: 3 }];
    expect(effectUnknown(configOf(), outcomeOf(400, { drops }))).toContain("3 frames were lost on the wire");
    expect(effectUnknown(configOf(), outcomeOf(1000))).toContain("No frame met the rule");
  });

  it("is left out where nobody asked", () => {
    const plain = configOf({ storm: { size: 1 } });
    expect(plain.ruleSet).not.toHaveProperty("matchFrom");
    expect(effectSeconds(plain, outcomeOf(400))).toBeUndefined();
    expect(effectUnknown(plain, outcomeOf(400, { sent: 1001 }))).toBeUndefined();
  });

  it("is about the rule that comes, which drops what it matches", () => {
    const drops = { rules: 10, actions: "drop", matchShare: 1, matchFrom: 10 };
    expect(configOf().ruleSet).toMatchObject(drops);
    expect(configOf({ classifier: "ovs" }).ruleSet).toMatchObject(drops);
  });

  it.each([
    ["another operation", { storm: { ...EFFECT.storm, operation: "delete" } }, "storm.operation: must be insert"],
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
