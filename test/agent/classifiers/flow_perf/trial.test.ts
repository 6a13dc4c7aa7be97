/**
 * Trials of flow-perf itself. A port whose rules it can measure is there under a kernel with cls_flower alone: `npm run test:vm`; any
 * machine with DPDK has one without rte_flow.
 */
import { beforeEach, describe, expect, it } from "vitest";
import { classifierRuleRate } from "../../../../src/agent/classifiers/rate.js";
import { totalCount } from "../../../../src/statistics/hdr.js";
import { withEnvironment } from "../../agents.js";
import { NEVER, rateTrial, ruleSet, versionOf } from "../sample.js";
import type { ClassifierChoice, RuleRateTrialConfig } from "../../../../src/agent/protocol.js";

const version = versionOf({ name: "flow-perf" });
const inMachine = process.env["NICBENCH_VM"] === "1";

const on = (device: string): ClassifierChoice => ({ name: "flow-perf", port: { io: "dpdk", device } });
const trial = (changes: Partial<RuleRateTrialConfig> = {}) =>
  rateTrial({ ruleSet: ruleSet({ rules: 0 }), batch: 1, ...changes });

describe.skipIf(version.startsWith("unavailable"))(`trials of flow-perf (${version})`, () => {
  // It is slow to take memory in an emulated machine.
  beforeEach(() => withEnvironment({ NICBENCH_EAL_ARGS: "-m 256" }));

  it.skipIf(inMachine)("fail with the driver's reason where it has no rte_flow", async () => {
    await expect(classifierRuleRate(trial(), on("net_null0"), NEVER)).rejects.toMatchObject({
      code: "FLOW_PERF_REFUSED",
      message: expect.stringContaining("Function not implemented") as string,
    });
  });

  it("fail without running where it has no words for the point", async () => {
    const point = trial({ operation: "update", ruleSet: ruleSet() });
    await expect(classifierRuleRate(point, on("net_null0"), NEVER)).rejects.toMatchObject({
      code: "RULE_UNSUPPORTED",
      message: expect.stringContaining("only inserts and deletes") as string,
    });
  });

  it("end when they are stopped", async () => {
    await expect(classifierRuleRate(trial(), on("net_null0"), AbortSignal.abort())).rejects.toMatchObject({
      code: "STOPPED",
    });
  });

  describe.runIf(inMachine)("on net_tap", () => {
    it.each([
      ["insert", "eth/ipv4", "queue"],
      ["delete", "eth/ipv6/udp", "drop"],
    ] as const)("are measured: %s, %s, %s", async (operation, match, actions) => {
      const rules = operation === "insert" ? 0 : 100;
      const point = trial({ operation, ruleSet: ruleSet({ rules, match, actions }) });
      const result = await classifierRuleRate(point, on("net_tap0"), NEVER);
      expect(result).toMatchObject({ operations: 100, installed: 100, wrong: 0, refused: 0 });
      expect(result.operationsPerSecond).toBeGreaterThan(0);
      expect(totalCount(result.latency)).toBe(100);
      expect(result.firstSeconds === undefined).toBe(operation === "delete");
      expect(result.bytes).toBeGreaterThan(0);
    });

    it("are measured with two cores", async () => {
      const result = await classifierRuleRate(trial({ cpus: [-1, -1] }), on("net_tap0"), NEVER);
      expect(result).toMatchObject({ operations: 100, installed: 100, wrong: 0, refused: 0 });
      expect(totalCount(result.latency)).toBe(2);
    });

    it("say what the driver has no action for", async () => {
      const point = trial({ ruleSet: ruleSet({ rules: 0, actions: "queue/mark" }) });
      await expect(classifierRuleRate(point, on("net_tap0"), NEVER)).rejects.toThrow("action not supported");
    });

    it("end in the middle when they are stopped", async () => {
      const stop = new AbortController();
      const running = classifierRuleRate(trial({ operations: 1_000_000 }), on("net_tap0"), stop.signal);
      setTimeout(() => stop.abort(), 3000);
      await expect(running).rejects.toMatchObject({ code: "STOPPED" });
    });
  });
});
