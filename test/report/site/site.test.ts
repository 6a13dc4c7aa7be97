/** The history of runs as pages. */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { histories, type HistoryRun } from "../../../src/report/site/history.js";
import { writeSite } from "../../../src/report/site/write.js";
import { HOSTILE } from "../hostile.js";
import { syntheticInput } from "../synthetic.js";

const points = [{ table: "cuckoo" }, { table: "chaining-stl" }];
const { manifest, summary } = syntheticInput({ points, repetitions: 2 });

/** A run whose rates are `factor` times the usual, and a little more the later it is. */
function run(number: number, factor: number): HistoryRun {
  const startedAt = new Date(Date.UTC(2026, 0, 1 + number)).toISOString();
  const level = factor * (1 + (number % 3) / 1000);
  return {
    manifest: {
      ...manifest,
      run: `run-${number}`,
      startedAt,
      git: { commit: String(number).repeat(20), dirty: false },
    },
    summary: {
      ...summary,
      points: summary.points.map((point) => {
        const rate = point.metrics["forwarding_rate"];
        if (!rate) throw new Error("the synthetic run has a rate");
        return { ...point, metrics: { forwarding_rate: { ...rate, median: rate.median * level } } };
      }),
    },
  };
}

const runs = Array.from({ length: 20 }, (_, i) => run(i, i < 12 ? 1 : 0.9));

describe("histories", () => {
  it("tell in which run and at which commit a level changed, in any order of runs", () => {
    const [history] = histories(runs.toReversed());
    expect(history?.runs.map((one) => one.manifest.run)).toEqual(runs.map((one) => one.manifest.run));
    expect(history?.trends.map(({ changes }) => changes.map((change) => change.run.run))).toEqual([
      ["run-12"],
      ["run-12"],
    ]);
  });

  it("keep machines apart", () => {
    const host = manifest.hosts["local"];
    if (!host) throw new Error("the synthetic run has a host");
    const other = { ...manifest, hosts: { local: { ...host, cpuModel: "another" } } };
    expect(histories([...runs, { manifest: other, summary }])).toHaveLength(2);
  });

  it("number runs as their table does, also where a point misses one", () => {
    const missing = runs.map(({ manifest: own, summary: measured }, i) => {
      const lost = measured.points.map((point) => (i === 3 ? { ...point, status: "failed" as const } : point));
      return { manifest: own, summary: { ...measured, points: lost } };
    });
    const [trend] = histories(missing)[0]?.trends ?? [];
    expect(trend?.values.map(({ number }) => number).slice(0, 5)).toEqual([1, 2, 3, 5, 6]);
    expect(trend?.changes.map(({ run: changed }) => changed.run)).toEqual(["run-12"]);
  });

  it("leave suspect points out", () => {
    const bad = summary.points.map((point) => ({ ...point, status: "suspect" as const }));
    expect(histories([{ manifest, summary: { ...summary, points: bad } }])[0]?.trends).toEqual([]);
  });
});

describe("writeSite", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "nicbench-site-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("writes an index and a page a suite, with a dot a run and a line a change", async () => {
    const files = await writeSite(runs, join(folder, "site"));
    expect((await readdir(join(folder, "site"))).toSorted()).toEqual(["index.html", "quickstart-1.html"]);
    const text = await readFile(files[1] ?? "", "utf8");
    expect(text.match(/aria-roledescription="point"/g)).toHaveLength(20 * 2);
    expect(text.match(/stroke-dasharray="2,3"/g)).toHaveLength(2);
    expect(text).toContain("run-12");
    expect(text).toContain("-10.0%");
    expect(text).not.toContain("<script");
  }, 60_000);

  it("shows hostile texts as texts", async () => {
    const hostile = { ...manifest, suite: { ...manifest.suite, name: "x", title: HOSTILE } };
    const files = await writeSite([{ manifest: hostile, summary }], folder);
    for (const file of files) expect(await readFile(file, "utf8")).not.toContain("<script>window");
  }, 60_000);
});
