import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeReport } from "../../src/report/write.js";
import { syntheticInput } from "./synthetic.js";

describe("writeReport", () => {
  let directory = "";
  const input = syntheticInput({ repetitions: 2, seriesOver: 1 });

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "nicbench-report-"));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it("writes every format into a directory that it makes, and tells each path", async () => {
    const out = join(directory, "a", "b");
    const paths = await writeReport(input, out, ["html", "svg", "csv", "md"]);
    const names = (await readdir(out)).toSorted();
    expect(paths.map((path) => path.slice(out.length + 1)).toSorted()).toEqual(names);
    expect(names.filter((name) => name.endsWith(".svg"))).toHaveLength(4);
    expect(names).toEqual(expect.arrayContaining(["report.csv", "report.html", "report.md"]));
  }, 60_000);

  it("brings the charts that the Markdown shows", async () => {
    await writeReport(input, directory, ["md"]);
    const text = await readFile(join(directory, "report.md"), "utf8");
    const shown = [...text.matchAll(/\]\((.+\.svg)\)/g)].map(([, name]) => name);
    expect(shown).toHaveLength(4);
    expect(await readdir(directory)).toEqual(expect.arrayContaining(shown));
  }, 60_000);

  it("writes only what is asked for, and a run without a single result too", async () => {
    const paths = await writeReport(syntheticInput({ fate: () => "failed" }), directory, ["csv", "html"]);
    expect(paths).toEqual([join(directory, "report.csv"), join(directory, "report.html")]);
    expect(await readFile(join(directory, "report.html"), "utf8")).toContain("No charts: no point was measured.");
  }, 60_000);

  it("names the path that could not be written, with advice", async () => {
    const file = join(directory, "file");
    await writeFile(file, "in the way");
    await expect(writeReport(input, join(file, "report"), ["csv"])).rejects.toMatchObject({
      code: "REPORT_NOT_WRITTEN",
      message: expect.stringContaining(join(file, "report")) as string,
      hint: expect.stringContaining("another") as string,
    });
  });
});
