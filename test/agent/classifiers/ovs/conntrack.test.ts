/** Open vSwitch with its connection tracker before the rules. */
import { describe, expect, it } from "vitest";
import { classifierForwarding } from "../../../../src/agent/classifiers/forwarding.js";
import { loadAddon } from "../../../../src/native/addon.js";
import { forwardingTrial, NEVER, ruleSet, versionOf } from "../sample.js";
import type { RulesTrialConfig } from "../../../../src/agent/protocol.js";

const version = versionOf({ name: "ovs" });
const FLOWS = 50;

function run(changes: Partial<RulesTrialConfig> = {}, ovsConntrack = true) {
  const traffic = { profile: "uniform", flows: FLOWS, rate: "max", seed: 1 } as const;
  const trial = forwardingTrial({ wire: "af_packet", traffic, ...changes });
  return classifierForwarding(trial, { name: "ovs", ovsConntrack }, loadAddon(), NEVER);
}

/** Longer and longer trials, until every flow has sent a frame. */
async function untilAllTracked(changes: Partial<RulesTrialConfig>) {
  let result = await run(changes);
  for (
    let durationSeconds = 1;
    result.rules.tracked?.connections !== FLOWS && durationSeconds < 20;
    durationSeconds *= 4
  )
    result = await run({ ...changes, durationSeconds });
  expect(result.rules.tracked).toEqual({ connections: FLOWS, invalidFrames: 0 });
  return result;
}

describe.skipIf(version.startsWith("unavailable"))(`connection tracking by ovs (${version})`, () => {
  it.each([0, 3])("has a connection for each flow, and sends all frames on to %i tables", async (tables) => {
    const { frames, rules, probesReceived } = await untilAllTracked({ ruleSet: ruleSet({ tables }) });
    expect(probesReceived).toBeGreaterThan(0);
    expect(rules.matchedFrames).toBe(0);
    expect(rules.defaultFrames).toBeGreaterThanOrEqual(frames.received);
  });

  it("leaves frames to the rules that were made for them", async () => {
    const { rules } = await untilAllTracked({ ruleSet: ruleSet({ rules: 500, matchShare: 1, match: "eth/ipv4/udp" }) });
    expect(rules.matchedFrames).toBeGreaterThan(0);
    expect(rules.matchedFrames / (rules.matchedFrames + rules.defaultFrames)).toBeGreaterThan(0.8);
  });

  it("is of IPv6 too", async () => {
    const traffic = { profile: "uniform", flows: FLOWS, rate: "max", seed: 1, ipv6Share: 1, frameSize: 128 } as const;
    await untilAllTracked({ traffic, ruleSet: ruleSet({ tables: 1 }) });
  });

  it("is left out otherwise", async () => expect((await run({}, false)).rules.tracked).toBeUndefined());
});
