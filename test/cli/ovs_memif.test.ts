/** The software NIC and Open vSwitch with DPDK on the same wires, memory that they share with the generator, by real agents. */
import { execaSync } from "execa";
import { describe, expect, it } from "vitest";
import { classifierVersions } from "../../src/agent/classifiers/kinds.js";
import { OVS_DPDK } from "../../src/agent/classifiers/ovs/wires.js";
import { loadAddon } from "../../src/native/addon.js";
import { childrenOf, eventually, isRunning } from "../agent/agents.js";
import { expectFramesAccountedFor, program } from "./nicbench.js";

const SUITE = `
nicbench: 1
name: memif
title: Two classifiers on memif
experiment: rules.occupancy
with: { rules: 64, masks: 8, match_share: 100% }
traffic: { profile: uniform, flows: 64 }
matrix: { classifier: [softnic, ovs], wire: [dpdk-memif, memif] }
trial: { warmup: 20ms, duration: 100ms }
repeat: { min: 1, max: 1 }
`;

/** What a skipped test lacks. */
const lacks = loadAddon()
  .info()
  .wires.find(({ name }) => name === "dpdk-memif")?.lacks;
const { [OVS_DPDK]: version = "unavailable" } = await classifierVersions();

describe.skipIf(lacks !== undefined || version.startsWith("unavailable"))(
  `two classifiers on memif (Open vSwitch ${version}; ${lacks ?? "DPDK is there"})`,
  () => {
    it("take all frames by their rules, on the same wires, and lose none unsaid", async () => {
      const { start, onlyRun } = await program(SUITE);
      const { exitCode, stderr } = await start(["run", "suite.yaml", "--no-report"], { NICBENCH_AGENT: "" });
      expect({ exitCode, stderr }).toMatchObject({
        exitCode: 0,
        stderr: expect.not.stringContaining("skipped") as string,
      });
      const { trials } = await onlyRun();
      expect(new Set(trials.map(({ point }) => point)).size).toBe(4);
      expectFramesAccountedFor(trials);
      for (const { status, metrics } of trials) {
        expect(status).not.toBe("failed");
        expect(metrics["matched_share"]).toBe(1);
      }
      const ends = trials.map(({ notes }) => String(notes?.["generator's end"]));
      for (const end of ends)
        expect(end).toMatch(/net_memif.*role=client.*rsize=10|^memif, (client of .*, 1024 slots|server of )/);
    });

    it("leave nothing of Open vSwitch when their agent is killed in a trial", async () => {
      const { start } = await program(
        SUITE.replace("[softnic, ovs], wire: [dpdk-memif, memif]", "[ovs], wire: [memif]").replace("100ms", "100s"),
      );
      const child = start(["run", "suite.yaml", "--no-report"], { NICBENCH_AGENT: "" });
      let started: readonly number[] = [];
      await eventually(() => {
        const [leader] = childrenOf(child.pid!).flatMap(switchesOf);
        started = leader === undefined ? [] : pids(["-g", String(leader)]);
        return started.length > 1;
      }, "Open vSwitch runs, and its database");
      const agents = childrenOf(child.pid!);
      child.kill("SIGKILL");
      for (const agent of agents) process.kill(agent, "SIGKILL");
      await child;
      await eventually(() => !started.some(isRunning), "all of them are gone");
    });
  },
);

function switchesOf(agent: number): readonly number[] {
  return pids(["-P", String(agent), "-f", "^[^ ]*ovs-vswitchd[^ ]* unix:"]);
}

/** Of pgrep(1). */
function pids(args: readonly string[]): readonly number[] {
  return execaSync("pgrep", args, { reject: false }).stdout.split("\n").filter(Boolean).map(Number);
}
