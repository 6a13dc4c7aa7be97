/** Runs that end before their time, and how they go on. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { eventually, isRunning } from "../agent/agents.js";
import { program, SUITE, trialKeys, type Program } from "./nicbench.js";

/** Slow enough to be caught in the middle of a trial. */
const SLOW = { SIMULATED_TRIAL_MS: "150" };

/** Starts a run and waits until some of its trials are in the journal and the next one is under way. */
async function startAndWait({ start, onlyRun, trialsStarted }: Program, args: readonly string[] = []) {
  const child = start(["run", "suite.yaml", "--no-report", ...args], SLOW);
  const inJournal = (): Promise<number> =>
    onlyRun().then(
      ({ trials }) => trials.length,
      () => 0,
    );
  await eventually(async () => (await inJournal()) >= 3, "three trials are finished");
  const started = (await trialsStarted()).length;
  await eventually(async () => (await trialsStarted()).length > started, "another trial is under way");
  return { child }; // not the child itself, which an await would wait for
}

async function agentPids({ trialsStarted }: Program): Promise<readonly number[]> {
  return [...new Set((await trialsStarted()).map(({ pid }) => pid))];
}

describe("kill -9 of the orchestrator", () => {
  it("leaves no agent behind, and --resume measures the same set of points without repeating a finished trial", async () => {
    const nicbench = await program();
    const { child } = await startAndWait(nicbench);
    child.kill("SIGKILL");
    await child;
    const pids = await agentPids(nicbench);
    await eventually(() => !pids.some(isRunning), "the agent is gone");
    const before = await nicbench.onlyRun();
    expect(before.summary.outcome).toBe("interrupted");

    const { exitCode, stdout } = await nicbench.start(["run", "--resume", "latest", "--no-report"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("12 ok");
    const after = await nicbench.onlyRun();
    expect(after.summary.outcome).toBe("complete");
    expect(trialKeys(after).slice(0, before.trials.length)).toEqual(trialKeys(before));
    expect(new Set(trialKeys(after)).size).toBe(12);
    expect(trialKeys(after)).toHaveLength(12);
    const uninterrupted = await program();
    await uninterrupted.start(["run", "suite.yaml", "--no-report"]);
    expect(trialKeys(after).toSorted()).toEqual(trialKeys(await uninterrupted.onlyRun()).toSorted());
  });

  it("in the middle of a journal line costs that trial only", async () => {
    const nicbench = await program();
    const { child } = await startAndWait(nicbench);
    child.kill("SIGKILL");
    await child;
    const { directory } = await nicbench.onlyRun();
    await writeFile(join(directory, "journal.ndjson"), '{"type":"trial","point":"', { flag: "a" });
    const { exitCode } = await nicbench.start(["run", "--resume", directory, "--no-report"]);
    expect(exitCode).toBe(0);
    expect((await nicbench.onlyRun()).summary.trials.ok).toBe(12);
  });
});

describe("Ctrl-C", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "(%s) stops in order, exits with 130, and says how to go on",
    async (signal) => {
      const nicbench = await program();
      const { child } = await startAndWait(nicbench);
      child.kill(signal);
      const { exitCode, stdout, stderr } = await child;
      expect(exitCode).toBe(130);
      expect(stderr).toContain("stopping:");
      const { summary, directory, trials, warnings, manifest } = await nicbench.onlyRun();
      expect(stdout).toContain(`Go on:   nicbench run --resume results/${manifest.run}`);
      expect(summary).toMatchObject({ outcome: "interrupted", trials: { failed: 0 } });
      expect(warnings).toEqual([]);
      expect((await agentPids(nicbench)).filter(isRunning)).toEqual([]);
      await nicbench.start(["run", "--resume", directory, "--no-report"]);
      const after = await nicbench.onlyRun();
      expect(trialKeys(after).slice(0, trials.length)).toEqual(trialKeys({ ...after, trials }));
      expect(after.summary).toMatchObject({ outcome: "complete", trials: { ok: 12, failed: 0 } });
    },
  );

  it("twice stops at once, and still leaves no process and a run that can go on", async () => {
    const suite = SUITE.replace("[cuckoo, chaining-stl]", "[cuckoo]").replace("[64Ki, 1Mi]", "[64Ki]\n  fault: [hang]");
    const nicbench = await program(suite);
    const child = nicbench.start(["run", "suite.yaml"]);
    await eventually(async () => (await nicbench.trialsStarted()).length > 0, "the trial hangs");
    child.kill("SIGINT");
    await new Promise((resolve) =>
      child.stderr.on("data", (text: Buffer) => String(text).includes("stopping") && resolve(0)),
    );
    child.kill("SIGINT");
    expect((await child).exitCode).toBe(130);
    const pids = await agentPids(nicbench);
    await eventually(() => !pids.some(isRunning), "the agent is gone");
    expect((await nicbench.onlyRun()).summary.outcome).toBe("interrupted");
  });

  it("also ends a run whose trial hangs, without a second one", async () => {
    const suite = SUITE.replace("[cuckoo, chaining-stl]", "[cuckoo]").replace("[64Ki, 1Mi]", "[64Ki]\n  fault: [hang]");
    const nicbench = await program(suite);
    const child = nicbench.start(["run", "suite.yaml", "--no-report"]);
    await eventually(async () => (await nicbench.trialsStarted()).length > 0, "the trial hangs");
    child.kill("SIGINT");
    expect((await child).exitCode).toBe(130);
    expect((await nicbench.onlyRun()).summary).toMatchObject({ outcome: "interrupted", trials: { failed: 0 } });
  });
});

describe("--resume", () => {
  it("refuses a run that another process works on", async () => {
    const nicbench = await program();
    const { child } = await startAndWait(nicbench);
    child.kill("SIGSTOP"); // or it may be done before the second one is up
    const { exitCode, stderr } = await nicbench.start(["run", "--resume", "latest"]);
    child.kill("SIGCONT");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`error: Process ${child.pid}`);
    expect((await child).exitCode).toBe(0);
  });

  it("of a finished run measures nothing and prints its result", async () => {
    const nicbench = await program();
    await nicbench.start(["run", "suite.yaml", "--no-report"]);
    const count = (await nicbench.trialsStarted()).length;
    const { exitCode, stdout } = await nicbench.start(["run", "--resume", "latest", "--no-report"]);
    expect(exitCode).toBe(0);
    expect(stdout).toContain("12 ok");
    expect(await nicbench.trialsStarted()).toHaveLength(count);
  });

  it("takes nothing that would change the plan", async () => {
    const { start } = await program();
    const { exitCode, stderr } = await start(["run", "suite.yaml", "--resume", "latest", "--seed", "3"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("does not go together with a suite, --seed");
  });

  it("of a run that is not there says where the runs are listed", async () => {
    const { start } = await program();
    const { exitCode, stderr } = await start(["run", "--resume", "nowhere"]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("hint: See them all: nicbench runs");
  });
});
