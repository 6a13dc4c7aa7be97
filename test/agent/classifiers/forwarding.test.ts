/** Trials of `rules.run` in every classifier that can be a DUT: the same promises for each. */
import { execaSync } from "execa";
import { describe, expect, it } from "vitest";
import { classifierForwarding } from "../../../src/agent/classifiers/forwarding.js";
import { isMemif, OVS_DPDK } from "../../../src/agent/classifiers/ovs/wires.js";
import { effectRules } from "../../../src/experiments/rules/storm/effect.js";
import { loadAddon } from "../../../src/native/addon.js";
import { forwardingTrial, NEVER, ruleSet, stormOf, versionOf } from "./sample.js";
import type { ClassifierChoice, RulesTrialConfig } from "../../../src/agent/protocol.js";

/** With a wire, where it is not that of most. */
type Choice = ClassifierChoice & { readonly wire?: string };

const CHOICES: readonly Choice[] = [
  { name: "nftables", nftablesForm: "sets" },
  { name: "nftables", nftablesForm: "rules" },
  { name: "ovs", ovsEmc: "warm" },
  { name: "ovs", ovsEmc: "cold" },
  { name: "xdp" },
  { name: "ovs", ovsEmc: "warm", wire: "memif" },
  { name: "ovs", ovsEmc: "warm", wire: "dpdk-memif" },
];

const addon = loadAddon();

const LONG = { durationSeconds: 1000 };

for (const { wire = "af_packet", ...choice } of CHOICES) {
  const { name, nftablesForm, ovsEmc } = choice;
  const run = (changes: Partial<RulesTrialConfig> = {}, stop = NEVER, using = addon) =>
    classifierForwarding(forwardingTrial({ wire, ...changes }), choice, using, stop);
  /** Longer and longer trials, until the classifier has changed so many rules before the end. */
  const untilDone = async (changes: Partial<RulesTrialConfig>, count: number) => {
    let result = await run(changes);
    for (let durationSeconds = 1; (result.storm?.done ?? 0) < count && durationSeconds < 20; durationSeconds *= 4)
      result = await run({ ...changes, durationSeconds });
    expect(result.storm?.done).toBeGreaterThanOrEqual(count);
    expect(result.storm?.firstSeconds).toBeGreaterThan(-1);
    expect(result.storm?.firstSeconds).toBeLessThan(100);
    return result;
  };
  const lacks = addon.info().wires.find((each) => each.name === wire)?.lacks;
  const version = lacks ?? (wire !== undefined && isMemif(wire) ? versionOf({ name: OVS_DPDK }) : versionOf(choice));

  describe.skipIf(lacks !== undefined || version.startsWith("unavailable"))(
    `forwarding by ${name} ${nftablesForm ?? ovsEmc ?? ""} on ${wire} (${version})`,
    () => {
      it.each([0, 1, 3])("sends back all that no rule drops, through %i tables", async (tables) => {
        const { frames, badFrames, rules, probesReceived } = await run({ ruleSet: ruleSet({ tables }) });
        expect(frames.received).toBeGreaterThan(0);
        expect(frames.sent).toBe(frames.received + frames.drops.reduce((sum, drop) => sum + drop.frames, 0));
        expect(badFrames).toBe(0);
        expect(probesReceived).toBeGreaterThan(0);
        expect(rules.matchedFrames).toBe(0);
        expect(rules.defaultFrames).toBeGreaterThanOrEqual(frames.received);
      });

      it("matches the share of flows that was asked for", async () => {
        const { rules } = await run({ ruleSet: ruleSet({ rules: 500, matchShare: 0.5, match: "eth/ipv4/udp" }) });
        const share = rules.matchedFrames / (rules.matchedFrames + rules.defaultFrames);
        expect(share).toBeGreaterThan(0.4);
        expect(share).toBeLessThan(0.6);
      });

      it.each(["insert", "delete", "replace"] as const)("goes on while rules change: %s", async (operation) => {
        const { frames, storm } = await untilDone({ storm: stormOf({ operation }) }, 100);
        expect(storm).toMatchObject({ intended: 100, done: 100, refused: 0 });
        expect(frames.received).toBeGreaterThan(0);
        await untilDone({ storm: stormOf({ kind: "rate", size: 0, rate: 500, operation }) }, 1);
      });

      // Of all in the forms that most use: each waits for frames that never come back.
      const operations = ["delete", name === "nftables" ? "replace" : "update"] as const;
      const isUsual = nftablesForm !== "rules" && ovsEmc !== "cold" && !isMemif(wire);
      it.runIf(isUsual).each(operations)("sends frames back until one rule changes: %s", async (operation) => {
        const rules = effectRules(operation, 200, name);
        const config: Partial<RulesTrialConfig> = {
          ruleSet: ruleSet({ match: "eth/ipv4/udp", ...rules }),
          storm: stormOf({ operation, size: 1 }),
          traffic: { profile: "uniform", flows: 1, rate: 2000, seed: 1 },
          probeEvery: 1,
        };
        // Longer and longer, until frames come back, and stop to do so well before the end.
        let share = 1;
        for (let durationSeconds = 0.25; share > 0.9 && durationSeconds < 30; durationSeconds *= 4) {
          const { frames, lastDueSeconds = durationSeconds, badFrames } = await run({ ...config, durationSeconds });
          expect(badFrames).toBe(0);
          expect(frames.sent).toBe(frames.received + frames.drops.reduce((sum, drop) => sum + drop.frames, 0));
          share = lastDueSeconds / durationSeconds;
        }
        expect(share).toBeLessThanOrEqual(0.9);
      });

      it("is stopped at once, and leaves nothing", async () => {
        const stop = new AbortController();
        const { begun, using } = watchedAddon();
        const ended = expect(run(LONG, stop.signal, using)).rejects.toMatchObject({ code: "STOPPED" });
        await Promise.race([begun, ended]);
        stop.abort();
        addon.stopTrial();
        await ended;
        await expect.poll(programs).toEqual([]);
      });

      it("fails the trial with its last words when its program is killed in the middle", async () => {
        const { begun, using } = watchedAddon();
        const ended = expect(run(LONG, NEVER, using)).rejects.toThrow(/ended in the middle of the trial/);
        await Promise.race([begun, ended]);
        programs().forEach((pid) => process.kill(pid, "SIGKILL"));
        await ended;
        await expect.poll(programs).toEqual([]);
      });
    },
  );
}

/** The addon, and when its generator begins. */
function watchedAddon() {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const runGenerator: typeof addon.runGenerator = () => {
    begin();
    return addon.runGenerator();
  };
  return { begun, using: { ...addon, runGenerator } };
}

/** Those that this process has started: others test as well. */
function programs(): readonly number[] {
  return execaSync("pgrep", ["-x", "ovs-vswitchd(-dp)?|nft|sh", "-P", String(process.pid)], { reject: false })
    .stdout.split("\n")
    .filter((line) => line !== "")
    .map(Number);
}
