import { describe, expect, it } from "vitest";
import { effectSeconds, effectUnknown } from "../../../src/experiments/rules/storm/effect.js";
import { stormConfig, stormOutcome } from "../../../src/experiments/rules/storm.js";
import { stormParameters } from "../../../src/experiments/rules/storm/parameters.js";
import { paramsSchemas } from "../../../src/agent/params_schemas.js";
import { counts, result, storm } from "./sample.js";
import type { Drop } from "../../../src/observations.js";

const EFFECT = {
  rules: 10,
  match: "eth/ipv4/udp",
  storm: { size: 1, effect: true },
  traffic: { profile: "uniform", flows: 1, rate: "1kpps" },
};

const withOperation = (operation: string, changes: object = {}) => ({
  ...EFFECT,
  storm: { ...EFFECT.storm, operation },
  ...changes,
});

function configOf(changes: object = {}) {
  const point = stormParameters.parse({ ...EFFECT, ...changes });
  return stormConfig({ point, seed: 7, warmupSeconds: 0, durationSeconds: 1, roles: {} }, 1000, undefined);
}

/** Of 1000 frames the first `back` come back, but for those that are lost before; the call begins after 390. */
const outcomeOf = (back: number, { lost = 0, unseen = 0, drops = [] as readonly Drop[] } = {}) =>
  result({
    storm: storm({ done: 1, intended: 1, firstSeconds: 0.39 }),
    rules: counts({ defaultFrames: back - lost, matchedFrames: 1000 - back - unseen }),
    frames: {
      sent: 1000,
      received: back - lost,
      drops: [...drops, { place: "dut", cause: "did not come back", frames: 1000 - back + lost }],
    },
    ...(back > 0 && { lastDueSeconds: (back - 1) / 1000 }),
  });

const problems = (input: unknown) =>
  stormParameters.safeParse(input).error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];

describe("the time until a change of a rule tells", () => {
  it("is that of the first frame that met it, from the beginning of the call", () => {
    expect(effectSeconds(configOf(), outcomeOf(400))).toBeCloseTo(0.01, 9);
    expect(stormOutcome(configOf(), outcomeOf(400)).metrics["effect_latency"]).toBeCloseTo(1e7, 0);
  });

  it("is the same where frames were lost before, and where a few were after", () => {
    const drops = [{ place: "wire to dut", cause: "ring full", frames: 60 }];
    for (const losses of [{ lost: 300 }, { unseen: 60 }, { lost: 1, unseen: 1 }, { unseen: 60, drops }])
      expect(effectSeconds(configOf(), outcomeOf(400, losses)), JSON.stringify(losses)).toBeCloseTo(0.01, 9);
  });

  it("is not told where it may have been later, or no frame met the change", () => {
    const lost = outcomeOf(400, { unseen: 61 });
    expect(effectUnknown(configOf(), lost)).toContain(
      "Of the 600 frames after the last that came back the rules saw 539",
    );
    const outcome = stormOutcome(configOf(), lost);
    expect(outcome.status).toBe("suspect");
    expect(outcome.flags).toContain("frames-missed");
    expect(outcome.metrics).not.toHaveProperty("effect_latency");
    const drops = [{ place: "wire to tester", cause: "no room at the receiver", frames: 61 }];
    expect(effectUnknown(configOf(), outcomeOf(400, { drops }))).toContain("the rules saw 539");
    expect(effectUnknown(configOf(), outcomeOf(1000))).toContain("No frame met the change");
    expect(effectUnknown(configOf(), outcomeOf(990, { unseen: 10 }))).toContain("No frame met the change");
    expect(effectUnknown(configOf(), outcomeOf(0))).toContain("No frame came back");
  });

  it("is left out where nobody asked", () => {
    const plain = configOf({ storm: { size: 1 } });
    expect(plain.ruleSet).not.toHaveProperty("matchFrom");
    expect(plain.probeEvery).toBe(64);
    expect(effectSeconds(plain, outcomeOf(400))).toBeUndefined();
    expect(effectUnknown(plain, outcomeOf(0))).toBeUndefined();
  });

  it.each([
    ["insert", "ovs", { actions: "drop", matchFrom: 10 }],
    ["delete", "ovs", { actions: "queue", matchFrom: 0, drops: "rest" }],
    ["delete", "softnic", { actions: "queue", matchFrom: 9, drops: "rest" }],
    ["update", "xdp", { actions: "queue", matchFrom: 0, drops: "updated" }],
    ["replace", "nftables", { actions: "queue", matchFrom: 0, drops: "updated" }],
  ])("is about the rule that an %s of %s is of, after which frames are dropped", (operation, classifier, rules) => {
    const config = configOf(withOperation(operation, { classifier }));
    expect(config.ruleSet).toMatchObject({ rules: 10, matchShare: 1, ...rules });
    expect(config.probeEvery).toBe(1);
    expect(paramsSchemas["rules.run"].parse(config)).toEqual(config);
  });

  it.each([
    ["a larger batch", { storm: { effect: true, size: 2 } }, "storm.size: must be 1"],
    ["a rate of changes", { storm: { effect: true, rate: 10 } }, "storm.size: must be 1"],
    ["deleting a rule that is not there", withOperation("delete", { rules: 0 }), "delete needs rules that are there"],
    ["other shares of flows", { match_share: "50%" }, "match_share: has no effect with storm.effect"],
    ["several flows", { traffic: { ...EFFECT.traffic, flows: 2 } }, "traffic.flows: must be 1"],
    ["no rate", { traffic: { ...EFFECT.traffic, rate: "max" } }, "traffic.rate: must be a rate"],
    [
      "other times of frames",
      { traffic: { ...EFFECT.traffic, pacing: "poisson" } },
      "traffic.pacing: must be constant",
    ],
    ["rules that no flow can match", { match: "eth/ipv6" }, "storm.effect: is for match"],
  ])("refuses %s", (_name, changes, problem) => {
    expect(problems({ ...EFFECT, ...changes }).join("\n")).toContain(problem);
  });
});
