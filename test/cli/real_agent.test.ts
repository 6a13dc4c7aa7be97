/** The whole path with nothing simulated: the real agent and its addon, on tiny trials. */
import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { addonFile } from "../../src/native/addon.js";
import { isConserved } from "../../src/results/summary.js";
import { childrenOf, eventually, isRunning } from "../agent/agents.js";
import { program, trialKeys, type Program } from "./nicbench.js";

const SUITE = `
nicbench: 1
name: real
title: Real frames
experiment: conntrack
with: { table: cuckoo }
matrix:
  traffic:
    - { profile: campus, flows: 1Ki, rate: 100kpps }
    - { profile: uniform, flows: 1Ki, frame_size: 128B }
trial: { warmup: 10ms, duration: 50ms }
repeat: { min: 2 }
`;

/** An empty NICBENCH_AGENT names no agent. */
async function real(suite: string = SUITE): Promise<Program> {
  const simulated = await program(suite);
  return { ...simulated, start: (args) => simulated.start(args, { NICBENCH_AGENT: "" }) };
}

/** Ids of the agents that the run's own process has. */
function agentsOf(pid: number): readonly number[] {
  return childrenOf(pid).filter(isRunning);
}

describe.skipIf(!existsSync(addonFile))("the real agent (needs the addon: npm run build:native)", () => {
  it("sends real frames and conserves every one", async () => {
    const { start, onlyRun } = await real();
    const { exitCode, stderr } = await start(["run", "suite.yaml", "--no-report"]);
    expect(stderr).not.toContain("failed");
    expect(exitCode).toBe(0);
    const { trials } = await onlyRun();
    expect(trials.length).toBeGreaterThanOrEqual(4);
    for (const { frames, metrics, notes } of trials) {
      expect(frames?.sent).toBeGreaterThan(0);
      expect(isConserved(frames!)).toBe(true);
      expect(metrics["forwarding_rate"]).toBeGreaterThan(0);
      expect(notes?.["trafficDigest"]).toMatch(/^[0-9a-f]{16}$/);
    }
  });

  it("sends the same traffic for the same seed, and other traffic for another", async () => {
    const { start } = await real();
    const summarise = async (seed: string) => {
      const { stdout } = await start([
        "traffic",
        "summarise",
        "--flows",
        "1Ki",
        "--frames",
        "10k",
        "--seed",
        seed,
        "--json",
      ]);
      const { frames, flows, digest } = JSON.parse(stdout);
      return { frames, flows, digest };
    };
    const [one, again, other] = [await summarise("7"), await summarise("7"), await summarise("8")];
    expect(one).toEqual(again);
    expect(one.frames).toBe(10_000);
    expect(other.digest).not.toBe(one.digest);
  });

  it("that crashes in native code costs failed trials, and the other points are measured", async () => {
    const include = "  include:\n    - { traffic.flows: 1Ki }\n    - { traffic.flows: 2Ki, fault: crash }\n";
    const { start, onlyRun } = await real(SUITE.replace(/  traffic:\n.*\n.*\n/, include));
    const { exitCode } = await start(["run", "suite.yaml", "--no-report"]);
    expect(exitCode).toBe(1);
    const { summary } = await onlyRun();
    const [good, bad] = summary.points;
    expect(good?.metrics["forwarding_rate"]?.n).toBe(2);
    expect(bad).toMatchObject({ status: "failed", reason: expect.stringMatching(/killed by SIG(SEGV|ABRT)/) });
  });

  it("that hangs in native code is killed, with nothing left of it", async () => {
    const include = "  include:\n    - { traffic.flows: 2Ki, fault: hang }\n";
    const { start, onlyRun } = await real(SUITE.replace(/  traffic:\n.*\n.*\n/, include));
    const child = start(["run", "suite.yaml", "--no-report", "--grace", "1s"]);
    await eventually(() => agentsOf(child.pid!).length > 0, "the agent runs");
    const { exitCode } = await child;
    expect(exitCode).toBe(1);
    expect((await onlyRun()).summary.points[0]?.reason).toContain("AGENT_TIMEOUT");
  });

  it.each([
    ["a trial", ""],
    ["a hung trial", ", fault: hang"],
  ])("is gone after kill -9 of the orchestrator in %s, and --resume completes the run", async (_, fault) => {
    const long = SUITE.replace("duration: 50ms", "duration: 400ms");
    const { start, onlyRun } = await real(long.replace("table: cuckoo", `table: cuckoo${fault}`));
    const child = start(["run", "suite.yaml", "--no-report"]);
    await eventually(() => agentsOf(child.pid!).length > 0, "the agent runs");
    const agents = agentsOf(child.pid!);
    const ready =
      fault === "" ? async () => (await onlyRun()).trials.length > 0 : async () => (await onlyRun()).journal.length > 0;
    await eventually(() => ready().catch(() => false), "the run is on");
    child.kill("SIGKILL");
    await child;
    await eventually(() => !agents.some(isRunning), "the agent is gone");
    if (fault !== "") return;
    const before = trialKeys(await onlyRun());
    await start(["run", "--resume", "latest", "--no-report"]);
    const after = await onlyRun();
    expect(after.summary).toMatchObject({ outcome: "complete", trials: { failed: 0 } });
    expect(trialKeys(after).slice(0, before.length)).toEqual(before);
    expect(new Set(trialKeys(after)).size).toBe(trialKeys(after).length);
  });

  it("stops a trial within its time on Ctrl-C", async () => {
    const { start, onlyRun } = await real(SUITE.replace("duration: 50ms", "duration: 100s"));
    const child = start(["run", "suite.yaml", "--no-report"]);
    await eventually(
      () =>
        onlyRun().then(
          ({ journal }) => journal.length > 0,
          () => false,
        ),
      "the run is on",
    );
    const agents = agentsOf(child.pid!);
    child.kill("SIGINT");
    const { exitCode } = await child;
    expect(exitCode).toBe(130);
    expect(agents.filter(isRunning)).toEqual([]);
    expect((await onlyRun()).summary).toMatchObject({ outcome: "interrupted", trials: { ok: 0, failed: 0 } });
  });
});
