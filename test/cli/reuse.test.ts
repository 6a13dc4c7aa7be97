import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRun, type Run } from "../../src/results/reader.js";
import { findRun } from "../../src/results/query.js";
import { program, SUITE, trialKeys, type Program } from "./nicbench.js";
import type { Summary } from "../../src/results/model.js";

async function measured({ start }: Program, flags: readonly string[] = [], environment = {}) {
  const command = ["run", "suite.yaml", "--json", "--no-report", ...flags];
  const { stdout, stderr, exitCode } = await start(command, environment);
  expect([exitCode, stderr.replaceAll(/^(measured|reused) .*\n?/gm, "")]).toEqual([0, ""]);
  return { summary: JSON.parse(stdout) as Summary, stderr };
}

function runOf({ folder }: Program, { run }: Summary): Promise<Run> {
  return findRun(run, join(folder, "results")).then(readRun);
}

describe("run --reuse", () => {
  it("measures nothing anew where nothing has changed, and marks in every place what it took", async () => {
    const suite = await program();
    const first = await measured(suite);
    const { summary } = await measured(suite, ["--reuse"]);
    expect((await suite.trialsStarted()).length).toBe(12);
    expect(summary.trials).toEqual({ ok: 12, suspect: 0, failed: 0, skipped: 0, reused: 12 });
    expect(summary.points.map(({ flags }) => flags)).toEqual(Array(4).fill(["reused"]));
    expect(summary.points.map(({ metrics }) => metrics)).toEqual(first.summary.points.map(({ metrics }) => metrics));
    const run = await runOf(suite, summary);
    expect(trialKeys(run).length).toBe(12);
    expect(new Set(run.trials.map(({ reused }) => reused))).toEqual(new Set([first.summary.run]));
    const report = await suite.start(["report", summary.run, "--format", "html,md", "--out", "report"]);
    expect(report.exitCode).toBe(0);
    for (const name of ["report.html", "report.md"]) {
      expect(await readFile(join(suite.folder, "report", name), "utf8")).toContain("taken from an earlier one");
    }
    expect(
      (await suite.start(["query", "SELECT DISTINCT reused FROM trials WHERE reused IS NOT NULL"])).stdout,
    ).toContain(first.summary.run);
  });

  it("names the run that measured, also after being taken twice", async () => {
    const suite = await program();
    const first = await measured(suite);
    await measured(suite, ["--reuse"]);
    const { summary } = await measured(suite, ["--reuse"]);
    const { trials } = await runOf(suite, summary);
    expect(new Set(trials.map(({ reused }) => reused))).toEqual(new Set([first.summary.run]));
    expect(trials.every(({ flags }) => flags.join() === "reused")).toBe(true);
  });

  it("measures the points that are new", async () => {
    const suite = await program(SUITE.replace("[64Ki, 1Mi]", "[64Ki]"));
    await measured(suite);
    await writeFile(join(suite.folder, "suite.yaml"), SUITE);
    const { summary, stderr } = await measured(suite, ["--reuse", "--why"]);
    expect(summary.trials).toMatchObject({ ok: 12, reused: 6 });
    expect(stderr.match(/^reused .*: 3 trials of small-/gm)).toHaveLength(2);
    expect(stderr.match(/^measured .*: no run has measured a point with these parameters$/gm)).toHaveLength(2);
  });

  it.each([
    ["the seed", ["--seed", "2"], {}, "seed was 1, is 2"],
    ["the repeat rule", ["--set", "repeat.min=4"], {}, "repeat rule was"],
    ["the build of the addon", [], { SIMULATED_DIGEST: "other" }, "addon of here was simulated, is other"],
    ["what agents inherit", [], { NICBENCH_EAL_ARGS: "-l 1" }, "environment NICBENCH_EAL_ARGS was unknown, is -l 1"],
  ] as const)("measures all where %s differs, and --why says so", async (_, flags, environment, reason) => {
    const suite = await program();
    await measured(suite);
    const { summary, stderr } = await measured(suite, ["--reuse", "--why", ...flags], environment);
    expect(summary.trials.reused).toBeUndefined();
    expect(stderr.split("\n").filter((line) => line.startsWith("measured ") && line.includes(reason))).toHaveLength(4);
  });

  it("measures again what was suspect", async () => {
    const suite = await program();
    await suite.start(["run", "suite.yaml", "--json", "--no-report"], { SIMULATED_STEAL: "1" });
    const { stderr, stdout } = await suite.start(["run", "suite.yaml", "--json", "--no-report", "--reuse", "--why"]);
    expect(JSON.parse(stdout).trials.reused).toBeUndefined();
    expect(stderr).toMatch(/^measured .*: it was suspect, stolen-cpu \(small-/m);
  });

  it("is off unless asked for, by flag or variable, and --fresh turns it off", async () => {
    const suite = await program();
    await measured(suite);
    const { summary, stderr } = await measured(suite, ["--why"]);
    expect(summary.trials.reused).toBeUndefined();
    expect(stderr).toMatch(/^measured .*: --reuse would take 3 trials of small-/m);
    const asked = { NICBENCH_REUSE: "1" };
    expect((await measured(suite, ["--fresh"], asked)).summary.trials.reused).toBeUndefined();
    expect((await measured(suite, [], asked)).summary.trials.reused).toBe(12);
    const { exitCode, stderr: refusal } = await suite.start(["run", "suite.yaml", "--reuse", "--fresh"]);
    expect([exitCode, refusal]).toEqual([2, expect.stringContaining("--reuse does not go together with --fresh.")]);
  });

  it("gives runs that a gate refuses, unless told to count them", async () => {
    const suite = await program();
    const { summary } = await measured(suite);
    await measured(suite, ["--reuse"]);
    const gate = ["gate", "--baseline", summary.run, "latest", "--metric", "forwarding_rate"];
    const { exitCode, stderr } = await suite.start(gate);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("12 trials of small-")]);
    expect((await suite.start([...gate, "--reused", "count"])).exitCode).toBe(0);
  });
});
