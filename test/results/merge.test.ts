import { describe, expect, it } from "vitest";
import { mergeShards } from "../../src/results/merge.js";
import { summariseRun } from "../../src/results/summary.js";
import { FACTS, failedTrial, sampleManifest, sampleTrial } from "./sample.js";
import type { RunManifest, TrialRecord } from "../../src/results/model.js";
import type { Run } from "../../src/results/reader.js";

const IDS = ["aaa", "bbb"];

/** The shard of the sample that has its point number `index`. */
function shardRun(index: number, changes: Partial<RunManifest> = {}, trials?: readonly TrialRecord[]): Run {
  const whole = sampleManifest();
  const point = whole.points[index - 1]!;
  const manifest = sampleManifest({
    run: `sample-${index}`,
    startedAt: `2026-01-02T03:0${index}:00.000Z`,
    points: [point],
    shard: { index, total: 2, points: IDS },
    schedule: { ...whole.schedule!, times: [{ warmupSeconds: index, durationSeconds: 1 }] },
    ...changes,
  });
  const own = trials ?? [sampleTrial(point.id, 0), sampleTrial(point.id, 1)];
  const summary = summariseRun(manifest, { trials: own, skipped: [] }, "complete");
  return { directory: "", manifest, journal: [], trials: own, skipped: [], summary, warnings: [] };
}

const merge = (...runs: readonly Run[]) => mergeShards(runs, "merged", "nicbench merge");

describe("merged shards", () => {
  it("are one run with all points in the order of the suite, whatever the order of the shards", () => {
    const trials = [failedTrial("bbb", 0), sampleTrial("bbb", 0, { attempt: 1 }), sampleTrial("bbb", 1)];
    const { manifest, entries, outcome, warnings } = merge(shardRun(2, {}, trials), shardRun(1));
    const whole = sampleManifest();
    expect(manifest).toMatchObject({ run: "merged", points: whole.points, hosts: whole.hosts, testbed: whole.testbed });
    expect(manifest.shard).toBeUndefined();
    expect(manifest.schedule?.times.map(({ warmupSeconds }) => warmupSeconds)).toEqual([1, 2]);
    expect(manifest.startedAt).toBe("2026-01-02T03:01:00.000Z");
    expect(manifest.shards).toMatchObject([
      { index: 1, total: 2, run: "sample-1", hosts: ["here"], points: ["aaa"] },
      { index: 2, total: 2, run: "sample-2", hosts: ["here"], points: ["bbb"] },
    ]);
    expect(entries.filter(({ type }) => type === "trial")).toHaveLength(5);
    expect([outcome, warnings]).toEqual(["complete", []]);
  });

  it("of other hosts keep the facts of each, and say in what they differ", () => {
    const other = { hosts: { here: { ...FACTS, kernel: "6.9" } }, testbed: { name: "b", file: "b.yaml", resolved: { b: 1 } } };
    const { manifest, warnings } = merge(shardRun(1), shardRun(2, other));
    expect(Object.keys(manifest.hosts)).toEqual(["shard-1.here", "shard-2.here"]);
    expect(manifest.schedule?.roles["dut"]?.host).toBe("shard-1.here");
    expect(manifest.testbed.name).toBe("local + b");
    expect(manifest.shards?.map(({ testbed, hosts }) => [testbed, ...hosts])).toEqual([
      ["local", "shard-1.here"],
      ["b", "shard-2.here"],
    ]);
    expect(warnings).toEqual([expect.stringContaining("Hosts differ in kernel: none, 6.9")]);
  });

  it("are interrupted if one of them was", () => {
    const stopped = shardRun(2);
    const interrupted = { ...stopped, summary: { ...stopped.summary, outcome: "interrupted" as const } };
    expect(merge(shardRun(1), interrupted).outcome).toBe("interrupted");
  });
});

describe("runs are not merged", () => {
  const { suite, schedule } = sampleManifest();
  it.each([
    ["that differ in settings", { suite: { ...suite, resolved: { trial: "1s" } } }, "in the suite's settings"],
    ["of two suites", { suite: { ...suite, name: "other" } }, "in the suite."],
    ["that differ in parameters", { shard: { index: 2, total: 2, points: ["aaa", "ccc"] } }, "in the parameters"],
    ["of different splits", { shard: { index: 2, total: 3, points: IDS } }, "in the number of shards"],
    ["of two seeds", { seed: 8 }, "in the seed"],
    ["of two versions", { versions: { nicbench: "0.2.0" } }, "in the version of nicbench"],
    ["of two commits", { git: { commit: "1".repeat(40), dirty: false } }, "in the commit"],
    ["of two repeat rules", { schedule: { ...schedule!, repeat: { min: 3, max: 3 } } }, "in the repeat rule"],
    ["that are no shards", { shard: undefined }, "sample-2 is no shard"],
    ["that are the same shard", { shard: { index: 1, total: 2, points: IDS } }, "are both shard 1/2"],
  ] as const)("%s", (_, changes, reason) => {
    expect(() => merge(shardRun(1), shardRun(2, changes))).toThrow(reason);
  });

  it("if a shard is missing, and it is named", () => {
    expect(() => merge(shardRun(1))).toThrow("Shard 2/2 is missing.");
  });

  it("and every reason is given at once", () => {
    const problems = { seed: 8, versions: { nicbench: "0.2.0" } };
    expect(() => merge(shardRun(1), shardRun(2, problems))).toThrow(/in the seed\.\n.*in the version/);
  });
});
