import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baselineText, MAX_RUNS, readBaseline, withRuns, writeBaseline } from "../../src/gate/baseline.js";
import { temporaryFolder } from "../agent/agents.js";
import { drawnSet, point, sampleSet } from "./sets.js";
import type { SampleSet } from "../../src/gate/samples.js";

async function written(): Promise<string> {
  const file = join(await temporaryFolder(), "folder", "baseline.yaml");
  await writeBaseline(file, [drawnSet({ seed: 1, points: 3 })], ["forwarding_rate", "loss_ratio"]);
  return file;
}

describe("a baseline file", () => {
  it("gives back the samples to six digits, and what they were measured with", async () => {
    const set = drawnSet({ seed: 1, points: 3 });
    const [read] = await readBaseline(await written());
    expect(read).toMatchObject({
      runs: ["run-1"],
      suite: "small",
      environment: set.environment,
      settings: set.settings,
    });
    expect(read.points.map(({ id, params }) => ({ id, params }))).toEqual(
      set.points.map(({ id, params }) => ({ id, params })),
    );
    for (const [index, { samples }] of set.points.entries()) {
      const kept = read.points[index]?.samples["forwarding_rate"] ?? [];
      expect(kept).toHaveLength(8);
      for (const [trial, value] of (samples["forwarding_rate"] ?? []).entries()) {
        expect(Math.abs((kept[trial] ?? 0) / value - 1)).toBeLessThan(5e-6);
      }
    }
  });

  it("keeps the state of the host, and what was left out for another one", async () => {
    const file = join(await temporaryFolder(), "baseline.yaml");
    const [first] = drawnSet({ seed: 1 }).points;
    const leftOut = { suspect: 1, failed: 0, otherState: 2 };
    const state = { here: { workNs: 1.8, handOverNs: 46.1 } };
    const set = { ...sampleSet([point(0, first?.samples ?? {}, { leftOut })]), state };
    await writeBaseline(file, [set], ["forwarding_rate"]);
    expect(await readBaseline(file)).toMatchObject([{ state, points: [{ leftOut }] }]);
    expect(await readFile(file, "utf8")).toContain("hand_over_ns: 46.1");
  });

  it("is the same text for the same samples, one line for the samples of a metric, without metrics not asked for", () => {
    const text = baselineText([drawnSet({ seed: 1, points: 3 })], ["forwarding_rate"]);
    expect(baselineText([drawnSet({ seed: 1, points: 3 })], ["forwarding_rate"])).toBe(text);
    expect(text.match(/^ {10}forwarding_rate: \[ .+ \]$/gm)).toHaveLength(3);
    expect(text).not.toContain("cycles_per_frame");
  });

  it("that somebody changed is refused, but not one with other comments", async () => {
    const file = await written();
    const text = await readFile(file, "utf8");
    const before = await readBaseline(file);
    await writeFile(file, `# reviewed\n${text}`);
    await expect(readBaseline(file)).resolves.toEqual(before);
    await writeFile(file, text.replace(/forwarding_rate: \[ \d+/, "forwarding_rate: [ 1"));
    await expect(readBaseline(file)).rejects.toMatchObject({ code: "BASELINE_EDITED" });
  });

  it("that is none is refused with the place and a hint", async () => {
    const file = join(await temporaryFolder(), "b.yaml");
    await expect(readBaseline(file)).rejects.toMatchObject({
      code: "BASELINE_NOT_FOUND",
      hint: expect.stringContaining("--save-baseline"),
    });
    await writeFile(file, "nicbench: 1\nname: local\nhosts: {}\n");
    await expect(readBaseline(file)).rejects.toMatchObject({
      code: "BASELINE_INVALID",
      message: expect.stringContaining("b.yaml:2:1"),
    });
  });

  it("is not written of nothing", async () => {
    const empty = sampleSet([point(0, {})]);
    expect(() => baselineText([empty], ["forwarding_rate"])).toThrow(/nothing to keep/);
  });
});

describe("a baseline to which runs are added", () => {
  const run = (seed: number) => drawnSet({ seed, points: 2 });

  it("keeps them apart, and differs by a block at its end from what it was", async () => {
    const file = join(await temporaryFolder(), "baseline.yaml");
    const [before, after] = [[run(1)], [run(1), run(2)]].map((sets) =>
      baselineText(withRuns([sets[0]!], sets.slice(1)), ["forwarding_rate"])
        .replace(/^digest: .*$/m, "")
        .trimEnd(),
    );
    expect(after?.startsWith(before ?? "–")).toBe(true);
    expect(after?.slice(before?.length)).toMatch(/^\n {2}- run: run-2\n/);
    await writeBaseline(file, [run(1), run(2)], ["forwarding_rate"]);
    const sets = await readBaseline(file);
    expect(sets.map(({ runs, points }) => [runs, points.length])).toEqual([
      [["run-1"], 2],
      [["run-2"], 2],
    ]);
  });

  it("forgets the oldest where there would be too many", () => {
    const added = Array.from({ length: MAX_RUNS }, (_, index) => run(index + 2));
    const all = withRuns([run(1)], added);
    expect(all).toHaveLength(MAX_RUNS);
    expect(all[0].runs).toEqual(["run-2"]);
  });

  it("takes no run twice, and none of another suite, machine or way of measuring", () => {
    const refused = (changes: Partial<SampleSet>) => () => withRuns([run(1)], [{ ...run(2), ...changes }]);
    expect(refused({ runs: ["run-1"] })).toThrow(/has run-1 already/);
    expect(refused({ points: [point(0, {})] })).toThrow(/nothing to keep/);
    expect(() => withRuns([run(1)], [run(2), run(2)])).toThrow(/has run-2 already/);
    expect(refused({ suite: "other" })).toThrow(/of suite small, and run-2 of other/);
    expect(refused({ environment: { "here.cpuModel": "newer" } })).toThrow(/here\.cpuModel \(sample, now newer\)/);
    expect(refused({ settings: { capacity: 4 } })).toThrow(/another way .*capacity \(0, now 4\)/);
    expect(refused({ settings: { capacity: 0, added: true }, environment: run(1).environment })).not.toThrow();
  });
});
