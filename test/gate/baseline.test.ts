import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baselineText, readBaseline, writeBaseline } from "../../src/gate/baseline.js";
import { temporaryFolder } from "../agent/agents.js";
import { drawnSet, point, sampleSet } from "./sets.js";

async function written(): Promise<string> {
  const file = join(await temporaryFolder(), "folder", "baseline.yaml");
  await writeBaseline(file, drawnSet({ seed: 1, points: 3 }), ["forwarding_rate", "loss_ratio"]);
  return file;
}

describe("a baseline file", () => {
  it("gives back the samples to six digits, and what they were measured with", async () => {
    const set = drawnSet({ seed: 1, points: 3 });
    const read = await readBaseline(await written());
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

  it("is the same text for the same samples, one line for the samples of a metric, without metrics not asked for", () => {
    const text = baselineText(drawnSet({ seed: 1, points: 3 }), ["forwarding_rate"]);
    expect(baselineText(drawnSet({ seed: 1, points: 3 }), ["forwarding_rate"])).toBe(text);
    expect(text.match(/^ {6}forwarding_rate: \[ .+ \]$/gm)).toHaveLength(3);
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
    expect(() => baselineText(empty, ["forwarding_rate"])).toThrow(/nothing to keep/);
  });
});
