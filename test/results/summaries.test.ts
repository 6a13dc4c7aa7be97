import { readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/results/reader.js";
import { readSummary } from "../../src/results/summaries.js";
import { temporaryFolder } from "../agent/agents.js";
import { runFolder } from "./run_folder.js";

async function edited(directory: string): Promise<string> {
  const file = join(directory, "summary.json");
  await writeFile(file, (await readFile(file, "utf8")).replace(/"seed": \d+/, '"seed": 99'));
  return file;
}

describe("the summary of a run", () => {
  it("is the one that it wrote, which its journal gives as well", async () => {
    const directory = await runFolder(await temporaryFolder());
    expect(await readSummary(directory)).toEqual((await readRun(directory)).summary);
    await edited(directory);
    expect((await readSummary(directory)).seed).toBe(99);
  });

  it("comes from the journal where that is newer, or where there is none", async () => {
    const directory = await runFolder(await temporaryFolder());
    const file = await edited(directory);
    await utimes(file, new Date(0), new Date(0));
    expect((await readSummary(directory)).seed).toBe(7);
    await rm(file);
    expect((await readSummary(directory)).seed).toBe(7);
  });
});
