/** What can be done with runs once they are there: from the command line, as people do it. */
import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readRun } from "../../src/results/reader.js";
import { program, type Program } from "./nicbench.js";
import type { Summary } from "../../src/results/model.js";

async function elsewhere(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "nicbench-test-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

async function ranSuite(): Promise<Program> {
  const suite = await program();
  const { exitCode, stderr } = await suite.start(["run", "suite.yaml", "--quiet", "--no-report"]);
  expect([exitCode, stderr]).toEqual([0, ""]);
  return suite;
}

/** By name. */
async function digests(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = (await readdir(folder)).sort();
  const hash = async (name: string) =>
    createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await hash(name)] as const)));
}

describe("a packed run", () => {
  it("draws the same report elsewhere, byte for byte", async () => {
    const { start, folder } = await ranSuite();
    const report = (run: string, out: string) => start(["report", run, "--format", "html,svg,csv,md", "--out", out]);
    await report("latest", "here");
    const [home, away] = [folder, await elsewhere()];
    const { stdout: packed, exitCode } = await start(["pack", "latest", "--out", join(away, "a.run.tar.gz")]);
    expect([exitCode, packed]).toEqual([0, join(away, "a.run.tar.gz")]);
    await rm(join(home, "results"), { recursive: true });
    const other = await program();
    const { exitCode: code, stderr } = await other.start([
      "report",
      packed,
      "--format",
      "html,svg,csv,md",
      "--out",
      "there",
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    const files = await digests(join(home, "here"));
    expect(Object.keys(files)).toContain("report.html");
    expect(Object.keys(files).filter((name) => name.endsWith(".svg"))).not.toEqual([]);
    expect(await digests(join(other.folder, "there"))).toEqual(files);
  });

  it("is taken by compare and export in place of the run", async () => {
    const { start } = await ranSuite();
    const { stdout: packed } = await start(["pack", "latest"]);
    const [run, same] = [await start(["export", "latest"]), await start(["export", packed])];
    expect(same.stdout).toBe(run.stdout);
    const { exitCode, stdout } = await start(["compare", packed, "latest"]);
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining("same")]);
  });

  it("is told by its name, and one that is not there says so", async () => {
    const { start } = await ranSuite();
    expect((await start(["pack", "latest", "--out", "run.zip"])).stderr).toContain("end it with .run.tar.gz");
    expect((await start(["report", "none.run.tar.gz"])).stderr).toContain("There is no none.run.tar.gz.");
  });
});

describe("runs", () => {
  it("are listed with verdicts, tags and note, and chosen by tag", async () => {
    const { start, onlyRun } = await ranSuite();
    const { manifest } = await onlyRun();
    expect((await start(["runs", "tag", "latest", "baseline", "quiet"])).stdout).toContain("baseline quiet");
    await start(["runs", "note", "latest", "after the upgrade"]);
    const { stdout } = await start(["runs", "--tagged", "baseline"]);
    expect(stdout).toMatch(
      new RegExp(`^${manifest.run} +small +\\S+ \\S+ +complete +12 +0 +0 +baseline quiet +after the upgrade$`, "m"),
    );
    expect((await start(["runs", "--tagged", "none"])).stdout).toContain("There is no run in results tagged none.");
    await start(["runs", "tag", "latest", "quiet", "--remove"]);
    const { stdout: json } = await start(["runs", "--json"]);
    expect(JSON.parse(json)).toMatchObject([{ run: manifest.run, tags: ["baseline"], note: "after the upgrade" }]);
  });

  it("answer SQL as table, Markdown, CSV and JSON", async () => {
    const { start } = await ranSuite();
    const sql =
      "SELECT params->>'table' AS tab, count(*) AS n FROM samples WHERE metric = 'forwarding_rate' GROUP BY ALL ORDER BY tab";
    const ask = async (...flags: readonly string[]) => (await start(["query", sql, ...flags])).stdout;
    expect(await ask()).toBe("tab           n\nchaining-stl  6\ncuckoo        6\n\n2 rows");
    expect(await ask("--format", "md")).toBe("| tab | n |\n| :--- | ---: |\n| chaining-stl | 6 |\n| cuckoo | 6 |");
    expect(await ask("--format", "csv")).toBe("tab,n\nchaining-stl,6\ncuckoo,6");
    expect(JSON.parse(await ask("--format", "json"))).toEqual([
      { tab: "chaining-stl", n: 6 },
      { tab: "cuckoo", n: 6 },
    ]);
    const { exitCode, stderr } = await start(["query", "COPY runs TO 'x.csv'"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("hint: A query can only read the tables.")]);
    expect((await start(["query", sql, "--format", "parquet"])).stderr).toContain("hint: Name a file");
  });
});

describe("shards", () => {
  it("are runs of their own, merge into one that reports as one, and are not resumed by it", async () => {
    const { start, folder } = await program();
    const ids: string[] = [];
    for (const shard of ["2/2", "1/2"]) {
      const { exitCode, stdout } = await start(["run", "suite.yaml", "--json", "--no-report", "--shard", shard]);
      const { run, points } = JSON.parse(stdout);
      expect([exitCode, points.length]).toEqual([0, 2]);
      ids.push(run);
    }
    expect((await start(["merge", ids[0]!])).stderr).toContain("Shard 1/2 is missing.");
    const { stdout: packed } = await start(["pack", ids[1]!]);
    const { exitCode, stdout: merged, stderr } = await start(["merge", ids[0]!, packed]);
    expect([exitCode, stderr]).toEqual([0, ""]);
    const { manifest, summary } = await readRun(join(folder, merged));
    const { stdout: planned } = await start(["run", "suite.yaml", "--dry-run", "--json"]);
    const preview = JSON.parse(planned) as Pick<Summary, "points">;
    expect(summary.points.map(({ id }) => id)).toEqual(preview.points.map(({ id }) => id));
    expect(summary).toMatchObject({ outcome: "complete", trials: { ok: 12, suspect: 0, failed: 0 } });
    expect(manifest.shards?.map(({ run }) => run)).toEqual([ids[1], ids[0]]);
    expect(manifest.command.at(-1)).toBe("nicbench run suite.yaml --seed 1");
    expect((await readdir(join(folder, merged, "logs"))).sort()).toEqual([
      "shard-1-here-agent.log",
      "shard-2-here-agent.log",
    ]);
    expect((await start(["report", merged])).exitCode).toBe(0);
    expect((await start(["run", "--resume", merged])).stderr).toContain("it was merged from others");
  });

  it("that cannot be are refused before anything runs", async () => {
    const { start } = await program();
    expect((await start(["run", "suite.yaml", "--shard", "3/2"])).stderr).toContain("such as 2/8");
    const { exitCode, stderr } = await start(["run", "suite.yaml", "--shard", "1/5"]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining("Use 4 shards or fewer.")]);
  });
});
