/** Reports of several runs. */
import { describe, expect, it } from "vitest";
import { mergedRuns } from "../../../src/report/comparison/merged.js";
import { reportHtml } from "../../../src/report/html/page.js";
import { renderSpecs } from "../../../src/report/specs.js";
import { syntheticInput } from "../synthetic.js";
import type { ReportInput } from "../../../src/report/input.js";

const points = ["cuckoo", "chaining-stl"].map((table) => ({ table }));

function run(id: string, factor = 1): ReportInput {
  const input = syntheticInput({
    points,
    repetitions: 8,
    plots: [{ title: "Rate", mark: "bar", x: "table", y: "forwarding_rate" }],
  });
  const trials = input.trials.map((trial) => {
    const { forwarding_rate: rate = 0 } = trial.metrics;
    return { ...trial, metrics: { ...trial.metrics, forwarding_rate: rate * factor } };
  });
  return { ...input, trials, manifest: { ...input.manifest, run: `quickstart-${id}` } };
}

const merged = mergedRuns([run("1a"), run("2b", 0.5), run("3c")]);

describe("several runs as one", () => {
  it("have every point once a run, the same points together", () => {
    expect(merged.summary.points.map(({ params }) => [params["table"], params["run"]])).toEqual([
      ["cuckoo", "1a"],
      ["cuckoo", "2b"],
      ["cuckoo", "3c"],
      ["chaining-stl", "1a"],
      ["chaining-stl", "2b"],
      ["chaining-stl", "3c"],
    ]);
    expect(new Set(merged.summary.points.map(({ id }) => id)).size).toBe(6);
    expect(merged.summary.trials.ok).toBe(3 * 16);
  });

  it("are told apart by colour in each chart, without a word in the suite", () => {
    const rows = (renderSpecs(merged)[0]?.spec as { data?: { values?: { series: string }[] } }).data?.values ?? [];
    expect(rows.map(({ series }) => series)).toEqual(["1a", "2b", "3c", "1a", "2b", "3c"]);
  });

  it("are held against the first: what got slower is worse, what did not is the same", () => {
    const rows = merged.comparison?.comparison.others.map(({ rows: all }) =>
      all.filter(({ metric }) => metric.name === "forwarding_rate").map(({ verdict }) => verdict),
    );
    expect(rows).toEqual([
      ["worse", "worse"],
      ["same", "same"],
    ]);
  });

  it("come in one page with the runs, the differences and the samples of all", async () => {
    const page = await reportHtml(merged);
    for (const text of [
      "Quickstart: two flow tables: 3 runs",
      "What else differs",
      ">1a<",
      ">3c<",
      "nicbench report quickstart-1a",
    ])
      expect(page).toContain(text);
  });
});
