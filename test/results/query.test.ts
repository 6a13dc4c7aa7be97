import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findRun, listRuns } from "../../src/results/query.js";
import { gitState, runId } from "../../src/results/provenance.js";
import { claimRun } from "../../src/results/writer.js";
import { execa } from "execa";
import { temporaryFolder } from "../agent/agents.js";
import { sampleManifest } from "./sample.js";

const IDS = ["b-20260102T030405Z-1a2b", "a-20260102T030406Z-ffff", "b-20260101T000000Z-1a2c"];

async function rootWithRuns(): Promise<string> {
  const root = await temporaryFolder();
  for (const run of IDS) {
    const writer = await (await claimRun(root, run)).begin(sampleManifest({ run }));
    await writer.finish("complete");
  }
  await mkdir(join(root, "not-a-run"));
  return root;
}

describe("a run", () => {
  it("is found by path, by id, by the start of its id, and as the latest", async () => {
    const root = await rootWithRuns();
    const [first = ""] = IDS;
    const directory = join(root, first);
    expect(await findRun(directory, "elsewhere")).toBe(directory);
    expect(await findRun(first, root)).toBe(directory);
    expect(await findRun("b-20260102", root)).toBe(directory);
    expect(await findRun("latest", root)).toBe(join(root, "a-20260102T030406Z-ffff"));
  });

  it("that is not there, or not the only one of that name, is an error with advice", async () => {
    const root = await rootWithRuns();
    await expect(findRun("c", root)).rejects.toMatchObject({ code: "RUN_NOT_FOUND", hint: expect.stringContaining("nicbench runs") });
    await expect(findRun("b-", root)).rejects.toMatchObject({ message: expect.stringContaining("any of 2 runs") });
    await expect(findRun("latest", join(root, "none"))).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });

  it("is listed with its outcome, the oldest first; a broken one is left out", async () => {
    const root = await rootWithRuns();
    await writeFile(join(root, IDS[0] ?? "", "run.json"), "{");
    const runs = await listRuns(root);
    expect(runs.map(({ run, outcome }) => [run, outcome])).toEqual([
      ["b-20260101T000000Z-1a2c", "complete"],
      ["a-20260102T030406Z-ffff", "complete"],
    ]);
  });
});

describe("provenance", () => {
  it("names a run by suite, UTC time and four hex digits", () => {
    expect(runId("my suite/1", new Date("2026-01-02T03:04:05.678Z"))).toMatch(/^my-suite-1-20260102T030405Z-[0-9a-f]{4}$/);
  });

  it("tells commit and dirt of the suite's repository, and why it cannot outside of one", async () => {
    const folder = await temporaryFolder();
    expect(await gitState(folder)).toEqual({ unavailable: expect.stringContaining("not a git repository") });
    const git = (...args: string[]) => execa("git", ["-C", folder, "-c", "user.name=t", "-c", "user.email=t@t", ...args]);
    await git("init", "--quiet");
    await writeFile(join(folder, "suite.yaml"), "a");
    await git("add", ".");
    await git("commit", "--quiet", "-m", "a suite");
    expect(await gitState(folder)).toEqual({ commit: expect.stringMatching(/^[0-9a-f]{40}$/), dirty: false });
    await writeFile(join(folder, "suite.yaml"), "b");
    expect(await gitState(folder)).toMatchObject({ dirty: true });
  });
});
