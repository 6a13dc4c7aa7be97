import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { packageRoot } from "../../src/package.js";
import { readRun } from "../../src/results/reader.js";
import { BAD_AGENT } from "../agent/agents.js";
import { faultySuite, program, SUITE } from "./nicbench.js";
import type { Summary } from "../../src/results/model.js";

const isRoot = process.getuid?.() === 0;

describe("nicbench run", () => {
  it("measures, prints the table, and says where run and report are and how to run it again", async () => {
    const { start, onlyRun, folder } = await program();
    const { exitCode, stdout, stderr } = await start(["run", "suite.yaml", "--seed", "5"]);
    expect(exitCode).toBe(0);
    const { manifest, summary, trials } = await onlyRun();
    expect(trials).toHaveLength(12);
    expect(summary).toMatchObject({ outcome: "complete", trials: { ok: 12, suspect: 0, failed: 0, skipped: 0 } });
    expect(stdout).toContain("chaining-stl");
    expect(stdout).toContain("Trials:  12 ok, 0 suspect, 0 failed; 0 points skipped");
    expect(stdout).toContain(`Run:     results/${manifest.run}`);
    expect(stdout).toContain(`Report:  reports/${manifest.run}/report.html`);
    expect(stdout).toContain("Again:   nicbench run suite.yaml --seed 5");
    expect(stderr.match(/^\[ *\d+\/12\] .*: .* Mpps$/gm)).toHaveLength(12);
    expect(existsSync(join(folder, "reports", manifest.run, "report.html"))).toBe(true);
  });

  it("keeps where the run came from: seed, command, versions, hosts, addon, git", async () => {
    const { start, onlyRun } = await program();
    await start(["run", "suite.yaml", "--no-report", "--seed", "9", "--set", "matrix.table=[cuckoo]"]);
    const { manifest } = await onlyRun();
    expect(manifest).toMatchObject({
      seed: 9,
      suite: { name: "small", experiment: "conntrack" },
      testbed: { name: "local" },
      versions: { nicbench: expect.any(String), node: process.version.slice(1) },
      hosts: { here: { hostname: "simulated" } },
      native: { here: { buildType: "Simulated" } },
      git: { unavailable: expect.any(String) },
    });
    expect(manifest.command).toEqual([
      "nicbench run suite.yaml --no-report --seed 9 --set 'matrix.table=[cuckoo]'",
      "nicbench run suite.yaml --set 'matrix.table=[cuckoo]' --seed 9",
    ]);
  });

  it("plays both roles on the DUT's host where the testbed joins them by ports, and says so", async () => {
    const { start, onlyRun, folder } = await program();
    const role = (host: string) => `{ host: ${host}, ports: [{ io: af_xdp, interface: n0 }] }`;
    const roles = `{ generator: ${role("one")}, dut: ${role("two")} }`;
    const hosts = "{ one: { kind: local }, two: { kind: local } }";
    await writeFile(join(folder, "bed.yaml"), `nicbench: 1\nname: bed\nhosts: ${hosts}\nroles: ${roles}\n`);
    const told = "both run in one process on host 'two', and no frame crosses the ports of testbed bed.";
    const preview = await start(["run", "suite.yaml", "--testbed", "bed.yaml", "--dry-run"]);
    expect(preview.stderr).toContain(told);
    const { exitCode, stdout, stderr } = await start(["run", "suite.yaml", "--testbed", "bed.yaml"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain(told);
    expect(stdout).toContain(`Note:    Experiment conntrack joins generator and dut by a ring in memory: ${told}`);
    const { manifest } = await onlyRun();
    expect(Object.keys(manifest.hosts)).toEqual(["two"]);
    expect(manifest.caveats).toEqual([expect.stringContaining(told)]);
    const report = await readFile(join(folder, "reports", manifest.run, "report.html"), "utf8");
    expect(report).toContain("no frame crosses the ports of testbed bed.");
  });

  it("with --json prints the summary on stdout and nothing else, and its frames add up", async () => {
    const { start, onlyRun } = await program();
    const { exitCode, stdout, stderr } = await start(["run", "suite.yaml", "--json", "--no-report"]);
    expect(exitCode).toBe(0);
    expect(stderr).toBe("");
    const summary: Summary = JSON.parse(stdout);
    expect(summary).toEqual((await onlyRun()).summary);
    for (const { frames } of summary.points) {
      const { sent = 0, received = 0, drops = [], conserved } = frames ?? {};
      expect(sent).toBe(received + drops.reduce((sum, drop) => sum + drop.frames, 0));
      expect(sent).toBeGreaterThan(0);
      expect(conserved).toBe(true);
    }
  });

  it("with --quiet prints the result and no progress", async () => {
    const { start } = await program();
    const { stdout, stderr } = await start(["run", "suite.yaml", "--quiet", "--no-report"]);
    expect(stderr).toBe("");
    expect(stdout).toContain("12 ok");
  });

  it("with --dry-run shows points, trials and time, and runs nothing", async () => {
    const { start, trialsStarted, folder } = await program();
    const { exitCode, stdout } = await start(["run", "suite.yaml", "--dry-run"]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/cuckoo · 64Ki flows/);
    expect(stdout).toContain("Points:  4");
    expect(stdout).toContain("Trials:  12, 3 a point");
    expect(stdout).toMatch(/Time: {4}about \d+ s/);
    expect(await trialsStarted()).toEqual([]);
    expect(existsSync(join(folder, "results"))).toBe(false);
    const { stdout: json } = await start(["run", "suite.yaml", "--dry-run", "--json"]);
    expect(JSON.parse(json)).toMatchObject({ trials: { min: 12, max: 12 }, points: { length: 4 } });
  });

  it("plans the suite that compares rte_flow with flow-perf in pairs, from an empty table and back to it", async () => {
    const { start } = await program();
    const suite = ["suites/rules/flow-perf.yaml", "--testbed", "testbeds/net_tap.yaml"].map((word) =>
      word.endsWith(".yaml") ? join(packageRoot, word) : word,
    );
    const { stdout } = await start(["run", ...suite, "--dry-run", "--json"]);
    const { points } = JSON.parse(stdout) as { points: { params: Record<string, string | number> }[] };
    const measuredBy = (name: string) =>
      points.map(({ params }) => params).flatMap(({ classifier, ...rest }) => (classifier === name ? [rest] : []));
    expect(measuredBy("rte_flow")).toHaveLength(18);
    expect(measuredBy("flow-perf")).toEqual(measuredBy("rte_flow"));
    for (const { operation, rules, operations } of measuredBy("rte_flow"))
      expect(rules).toBe(operation === "insert" ? 0 : operations);
  });

  it("writes the same numbers twice for the same seed", async () => {
    const { start } = await program();
    const [first, second] = await Promise.all(
      ["a", "b"].map(async (folder) => {
        const { stdout } = await start(["run", "suite.yaml", "--json", "--no-report", "--results", folder]);
        return JSON.parse(stdout).points;
      }),
    );
    expect(first).toEqual(second);
  });

  it("skips what cannot run, says why, and measures the rest", async () => {
    const { start } = await program(
      SUITE.replace("[cuckoo, chaining-stl]", "[cuckoo, hopscotsh]").replace("1Mi", "10G"),
    );
    const { exitCode, stdout, stderr } = await start(["run", "suite.yaml", "--no-report"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("has no table 'hopscotsh'");
    expect(stderr).toContain("10G flows in a table for");
    expect(stdout).toContain("3 ok, 0 suspect, 0 failed; 3 points skipped");
  });

  it("exits with 1 if no point could be measured", async () => {
    const { start } = await program(SUITE.replace("[cuckoo, chaining-stl]", "[none]"));
    expect((await start(["run", "suite.yaml", "--no-report"])).exitCode).toBe(1);
  });
});

describe("a failing agent", () => {
  it("that is killed once costs one failed trial, and the run completes", async () => {
    const { start, onlyRun, folder, trialsStarted } = await program();
    const kill = join(folder, "kill-once");
    await writeFile(kill, "");
    const { exitCode, stderr } = await start(["run", "suite.yaml", "--no-report"], { SIMULATED_KILL_ONCE: kill });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("failed: AGENT_DIED: The agent was killed by SIGKILL; its log: logs/here-agent.log.");
    const { summary, trials } = await onlyRun();
    expect(summary).toMatchObject({ outcome: "complete", trials: { ok: 12, failed: 1 } });
    expect(summary.points.every(({ status }) => status === "ok")).toBe(true);
    expect(trials[0]).toMatchObject({ status: "failed", flags: ["agent-died"] });
    expect(new Set((await trialsStarted()).map(({ pid }) => pid)).size).toBe(2);
  });

  it("that crashes at one point fails that point, and the others are measured", async () => {
    const { start, onlyRun } = await program(faultySuite("crash"));
    const { exitCode, stderr } = await start(["run", "suite.yaml", "--no-report"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("The agent was killed by SIGSEGV");
    expect(stderr).toContain("given up");
    const { summary } = await onlyRun();
    expect(summary.points.map(({ status }) => status).toSorted()).toEqual(["failed", "ok"]);
  });

  it("that hangs is killed when warm-up, duration and grace are over, and the run goes on", async () => {
    const { start, onlyRun } = await program(faultySuite("hang"));
    const { exitCode, stderr } = await start(["run", "suite.yaml", "--no-report", "--grace", "300ms"]);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("AGENT_TIMEOUT: The agent did not answer conntrack.run within 0.4 s and was killed");
    const { summary } = await onlyRun();
    expect(summary.points.map(({ status }) => status).toSorted()).toEqual(["failed", "ok"]);
  });

  it.each(["garbage", "half", "exit", "flood", "shape"])(
    "that answers hello with %s ends the run before it starts",
    async (mode) => {
      const { start } = await program();
      const { exitCode, stdout, stderr } = await start(["run", "suite.yaml"], {
        NICBENCH_AGENT: BAD_AGENT,
        BAD_AGENT: mode,
      });
      expect(exitCode).toBe(2);
      expect(stdout).toBe("");
      expect(stderr).toMatch(/^error: The agent.*\nhint: .*The log is in results\/small-.*$/s);
      expect(stderr).not.toContain("    at "); // no stack
    },
  );
});

describe("suspect trials", () => {
  it("are kept, flagged, and run again within bounds, and the last lines say why", async () => {
    const { start, onlyRun } = await program();
    const { exitCode, stdout } = await start(["run", "suite.yaml", "--no-report"], { SIMULATED_STEAL: "1" });
    expect(exitCode).toBe(0);
    const { summary, trials } = await onlyRun();
    expect(summary.trials.suspect).toBe(12 + 3);
    expect(stdout).toMatch(/^Suspect: 15 stolen-cpu; what that means: docs\/methodology.md#verdicts$/m);
    expect(trials.every(({ flags }) => flags.includes("stolen-cpu"))).toBe(true);
    expect(
      summary.points.every(({ status, metrics }) => status === "suspect" && metrics["forwarding_rate"]?.n === 3),
    ).toBe(true);
  });
});

describe("results that cannot be written", () => {
  it("end the run before it starts", async () => {
    const { start, folder } = await program();
    const file = join(folder, "suite.yaml");
    const { exitCode, stderr } = await start(["run", "suite.yaml", "--results", file]);
    expect(exitCode).toBe(2);
    expect(stderr).toContain("cannot be used");
    expect(await readFile(file, "utf8")).toBe(SUITE);
  });

  it.skipIf(!isRoot)(
    "end the run if the disk fills up, with every finished trial kept (needs root to mount a small one)",
    async () => {
      const { start, folder } = await program();
      const results = join(folder, "results");
      await mkdir(results);
      await execa("mount", ["-t", "tmpfs", "-o", "size=6m", "none", results]);
      onTestFinished(async () => {
        await execa("umount", ["--lazy", results]);
      });
      const child = start(["run", "suite.yaml", "--no-report"], { SIMULATED_TRIAL_MS: "100" });
      await new Promise((resolve) =>
        child.stderr.on("data", (text: Buffer) => text.includes("trial 1:") && resolve(0)),
      );
      await writeFile(join(results, "filler"), Buffer.alloc(8 * 2 ** 20)).catch(() => undefined);
      const { exitCode, stderr } = await child;
      expect(exitCode).toBe(2);
      expect(stderr).toMatch(
        /error: The disk of results\/small-.* is full\. All finished trials are saved\.\nhint: Free some space/,
      );
      const finished = stderr.match(/^\[ *\d+\/12\]/gm)?.length ?? 0;
      await rm(join(results, "filler"));
      const [name = ""] = await readdir(results);
      const { trials, summary } = await readRun(join(results, name));
      expect(trials.length).toBeGreaterThanOrEqual(Math.max(1, finished));
      expect(summary.outcome).toBe("interrupted");
      expect((await start(["run", "--resume", "latest", "--no-report"])).stdout).toContain("12 ok");
    },
  );

  it("do not include the report's: without it the run is still good", async () => {
    const { start, folder } = await program();
    await writeFile(join(folder, "reports"), "a file");
    const { exitCode, stderr, stdout } = await start(["run", "suite.yaml", "--quiet"]);
    expect(exitCode).toBe(0);
    expect(stderr).toContain("warning: there is no report:");
    expect(stdout).not.toContain("Report:");
  });
});
