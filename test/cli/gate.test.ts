import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { EXIT } from "../../src/cli/exit_codes.js";
import { program, SUITE, type Program } from "./nicbench.js";

const GATED = `${SUITE.replace("min: 3", "min: 8")}gate: [{ metric: forwarding_rate, worse_by: 5%, where: { traffic.flows: 64Ki } }]\n`;
const SLOWER = { SIMULATED_SLOWDOWN: "1.1" };

/** A program with a baseline of its suite in base.yaml. */
async function withBaseline(suite = GATED): Promise<Program> {
  const nicbench = await program(suite);
  await nicbench.start(["run", "suite.yaml", "--no-report", "--quiet"]);
  const { stdout, exitCode } = await nicbench.start(["gate", "--save-baseline", "base.yaml", "latest"]);
  expect([stdout, exitCode]).toEqual(["base.yaml", EXIT.ok]);
  return nicbench;
}

/** One more run, with other traffic, and what the gate says of it. */
async function gateNext({ start }: Program, environment: Readonly<Record<string, string>>, ...flags: string[]) {
  const { exitCode } = await start(["run", "suite.yaml", "--seed", "5", "--no-report", "--quiet"], environment);
  expect([EXIT.ok, EXIT.failedTrials]).toContain(exitCode);
  return start(["gate", "--baseline", "base.yaml", "latest", ...flags]);
}

describe("nicbench gate", () => {
  it("passes a run of the same build, by the rules of its suite", async () => {
    const { exitCode, stdout } = await gateNext(await withBaseline(), {});
    expect(stdout).toMatch(/^passed +cuckoo · 64Ki flows +forwarding_rate/m);
    expect(stdout).toContain("Gate passed. 2 checks: 2 passed.");
    expect(stdout).not.toContain("1Mi flows"); // left out by `where`
    expect(exitCode).toBe(EXIT.ok);
  });

  it("exits with 3 on a build that is 10 % slower, and says so to people, Jenkins and GitHub", async () => {
    const nicbench = await withBaseline();
    const files = ["--junit", "out/gate.xml", "--markdown", "out/gate.md", "--github"];
    const { exitCode, stdout } = await gateNext(nicbench, SLOWER, ...files);
    expect(exitCode).toBe(EXIT.gate);
    expect(stdout).toContain("Gate regressed. 2 checks: 2 regressed.");
    expect(stdout).toMatch(/^::error title=forwarding_rate regressed%3A cuckoo · 64Ki flows::changed by -9\.\d%25/m);
    const read = (name: string) => readFile(join(nicbench.folder, "out", name), "utf8");
    expect(await read("gate.md")).toMatch(/^# Gate of small: regressed\n/);
    expect((await read("gate.xml")).match(/<failure message="forwarding_rate changed by -9/g)).toHaveLength(2);
  });

  it("never fails a build for being faster", async () => {
    expect((await gateNext(await withBaseline(), { SIMULATED_SLOWDOWN: "0.8" })).exitCode).toBe(EXIT.ok);
  });

  it("counts suspect trials only if told, and says how many it left out", async () => {
    const nicbench = await withBaseline();
    const { exitCode, stdout } = await gateNext(nicbench, { ...SLOWER, SIMULATED_STEAL: "10" }, "--strict");
    expect(stdout).toContain("8 repetitions are suspect and left out");
    expect(exitCode).toBe(EXIT.inconclusive);
    const counted = await nicbench.start(["gate", "--baseline", "base.yaml", "latest", "--suspect", "count"]);
    expect(counted.exitCode).toBe(EXIT.gate);
  });

  it("leaves an inconclusive gate to --strict, and prints JSON alone", async () => {
    const nicbench = await withBaseline(GATED.replace("min: 8", "min: 3"));
    const { exitCode, stdout } = await gateNext(nicbench, {}, "--json");
    expect(JSON.parse(stdout)).toMatchObject({ schema: 1, outcome: "inconclusive", checks: [{ worse_by: 0.05 }, {}] });
    expect(exitCode).toBe(EXIT.ok);
    const strict = await nicbench.start(["gate", "--baseline", "base.yaml", "latest", "--strict"]);
    expect(strict.exitCode).toBe(EXIT.inconclusive);
  });

  it("exits with 1 where the points of the baseline only crash now", async () => {
    const { start } = await withBaseline();
    await start(["run", "suite.yaml", "--set", "fault=crash", "--no-report", "--quiet"]);
    const { exitCode, stdout } = await start(["gate", "--baseline", "base.yaml", "latest", "--junit", "gate.xml"]);
    expect(stdout).toMatch(/^broken +cuckoo · 64Ki flows +forwarding_rate .*SIGSEGV/m);
    expect(stdout).toMatch(/^fault +– +crash$/m);
    expect(exitCode).toBe(EXIT.failedTrials);
  });

  it("measures a suite by itself, and once more to confirm a regression, each run in a directory of its own", async () => {
    const nicbench = await withBaseline();
    const args = ["gate", "--baseline", "base.yaml", "suite.yaml", "--seed", "5", "--budget", "5min"];
    const { exitCode, stdout } = await nicbench.start(args, SLOWER);
    expect(stdout).toMatch(/\(16\)/);
    expect(exitCode).toBe(EXIT.gate);
    expect(await readdir(join(nicbench.folder, "results"))).toHaveLength(3);
    expect((await nicbench.start([...args.slice(0, -2), "--budget", "0s"])).exitCode).toBe(EXIT.ok);
    expect(await readdir(join(nicbench.folder, "results"))).toHaveLength(4);
  });

  it("exits with 2 on wrong usage, and says what is wrong", async () => {
    const { start } = await withBaseline();
    const wrong = [
      [["latest"], "There is no baseline"],
      [["latest", "--baseline", "none.yaml"], "There is no baseline file none.yaml"],
      [["latest", "--baseline", "base.yaml", "--metric", "forwarding_rat"], "did you mean 'forwarding_rate'?"],
      [["latest", "--baseline", "base.yaml", "--metric", "offered_rate"], "neither better high nor better low"],
      [["latest", "--baseline", "base.yaml", "--metric", "loss_ratio"], "has no sample of loss_ratio"],
      [["latest", "--baseline", "base.yaml", "--worse-by", "much"], "'much' is not a share"],
      [["latest", "--baseline", "base.yaml", "--confidence", "100%"], "is no confidence"],
      [["latest", "--baseline", "base.yaml", "--suspect", "ignore"], "is no policy for suspect trials"],
      [["latest", "--baseline", "base.yaml", "--save-baseline", "b.yaml"], "do not go together"],
      [["suite.yaml", "latest", "--baseline", "base.yaml"], "measured by itself"],
      [["latest", "--baseline", "base.yaml", "--junit", "/proc/gate.xml"], "could not be written"],
    ] as const;
    for (const [args, message] of wrong) {
      const { exitCode, stderr } = await start(["gate", ...args]);
      expect([exitCode, stderr], args.join(" ")).toEqual([EXIT.usage, expect.stringContaining(message)]);
    }
  });

  it("without rules says where to write them", async () => {
    const { start } = await program();
    await start(["run", "suite.yaml", "--no-report", "--quiet"]);
    const { exitCode, stderr } = await start(["gate", "--save-baseline", "base.yaml", "latest"]);
    expect([exitCode, stderr]).toEqual([EXIT.usage, expect.stringContaining("gate: [{ metric: forwarding_rate")]);
  });
});

describe("nicbench validate", () => {
  it("refuses to gate a metric that cannot get worse, with its place", async () => {
    const { start } = await program(
      GATED.replace("metric: forwarding_rate, worse_by", "metric: offered_rate, worse_by"),
    );
    const { exitCode, stderr } = await start(["validate", "suite.yaml"]);
    expect(stderr).toMatch(
      /suite\.yaml:\d+:\d+: gate\[0\]\.metric: 'offered_rate' is neither better high nor better low/,
    );
    expect(exitCode).toBe(EXIT.usage);
  });
});

describe("nicbench compare", () => {
  it("holds runs against the first, as text, Markdown and JSON", async () => {
    const nicbench = await withBaseline();
    await nicbench.start(["run", "suite.yaml", "--seed", "5", "--set", "backends=4", "--no-report", "--quiet"], SLOWER);
    const compare = async (...flags: string[]) =>
      (await nicbench.start(["compare", "base.yaml", "latest", ...flags])).stdout;
    const text = await compare();
    expect(text).toMatch(/^cuckoo · 64Ki flows +forwarding_rate .+ worse$/m);
    expect(text).toMatch(/^backends +16 +4$/m);
    expect(await compare("--format", "md")).toMatch(/^\| cuckoo · 64Ki flows \| forwarding\\_rate \|/m);
    const { others } = JSON.parse(await compare("--json"));
    expect(others[0].rows).toHaveLength(4);
    expect(others[0].rows[0]).toMatchObject({ metric: "forwarding_rate", verdict: "worse", first: { n: 8 } });
  });

  it("needs two runs that have something in common", async () => {
    const { start } = await withBaseline();
    expect(await start(["compare", "latest"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining("One run"),
    });
    await start(["run", "suite.yaml", "--set", "matrix.table=[hopscotch]", "--no-report", "--quiet"]);
    const { exitCode, stderr } = await start(["compare", "base.yaml", "latest"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("in common")]);
  });
});

describe("a baseline of several runs", () => {
  it("grows by a run at a time, says so, and is what the next run is held against", async () => {
    const nicbench = await withBaseline();
    const { start } = nicbench;
    const alone = await start(["gate", "--baseline", "base.yaml", "latest"]);
    expect(alone.stdout).toContain("How much runs of one build differ is not known, and assumed from what trials do.");
    expect((await start(["gate", "--add-to-baseline", "base.yaml", "latest"])).stderr).toMatch(/has small-.* already/);
    for (const seed of ["2", "3"]) {
      await start(["run", "suite.yaml", "--seed", seed, "--no-report", "--quiet"]);
      const { stdout } = await start(["gate", "--add-to-baseline", "base.yaml", "latest"]);
      expect(stdout).toBe(`base.yaml: ${seed} runs`);
    }
    const { stdout } = await gateNext(nicbench, {}, "--json");
    const { checks } = JSON.parse(stdout) as { checks: readonly object[] };
    expect(checks[0]).toMatchObject({ between_runs: "baseline", baseline: { n: 24 } });
  });
});
