import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { addTags, readAnnotations, removeTags, setNote } from "../../src/results/annotations.js";
import { listRuns } from "../../src/results/query.js";
import { temporaryFolder } from "../agent/agents.js";
import { runFolder } from "./run_folder.js";

describe("tags and notes of a run", () => {
  it("are kept in its folder, sorted and each once, and listed with it", async () => {
    const root = await temporaryFolder();
    const directory = await runFolder(root);
    await addTags(directory, ["baseline", "a/b"]);
    await addTags(directory, ["baseline"]);
    await setNote(directory, " after the upgrade\n");
    expect(await listRuns(root)).toMatchObject([{ tags: ["a/b", "baseline"], note: "after the upgrade" }]);
    await removeTags(directory, ["baseline", "never there"]);
    await setNote(directory, "");
    expect(await readAnnotations(directory)).toEqual({ tags: ["a/b"], note: "" });
  });

  it("change nothing that was measured", async () => {
    const directory = await runFolder(await temporaryFolder());
    const files = ["run.json", "journal.ndjson", "summary.json"].map((name) => join(directory, name));
    const state = () => Promise.all(files.map(async (file) => [(await stat(file)).mtimeMs, await readFile(file, "utf8")]));
    const before = await state();
    await addTags(directory, ["x"]);
    await setNote(directory, "y");
    expect(await state()).toEqual(before);
  });

  it.each(["", " ", "-x", "two words", "x".repeat(65), "a,b"])("cannot be %j", async (tag) => {
    const directory = await runFolder(await temporaryFolder());
    await expect(addTags(directory, ["good", tag])).rejects.toMatchObject({ code: "TAG_INVALID" });
    expect(await readAnnotations(directory)).toEqual({ tags: [], note: "" });
  });

  it("in a damaged file are not written over", async () => {
    const directory = await runFolder(await temporaryFolder());
    await writeFile(join(directory, "annotations.json"), "{");
    await expect(setNote(directory, "x")).rejects.toMatchObject({ code: "ANNOTATIONS_DAMAGED" });
  });
});
