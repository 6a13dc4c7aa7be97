import { describe, expect, it } from "vitest";
import { isInState, isOnlyDrifted, isSameState, usualState } from "../../src/gate/host_state.js";
import { samplesOfRun } from "../../src/gate/samples.js";
import { readRun } from "../../src/results/reader.js";
import { claimRun } from "../../src/results/writer.js";
import { temporaryFolder } from "../agent/agents.js";
import { sampleManifest, sampleTrial } from "../results/sample.js";
import type { TrialRecord } from "../../src/results/model.js";

function trial(handOverNs: number, changes: Partial<TrialRecord> = {}): TrialRecord {
  const reading = { workNs: 2, handOverNs, tscSeconds: 0, monotonicSeconds: 0, wallSeconds: 0 };
  const readings = { here: { before: reading, after: reading } };
  return { ...sampleTrial("p", 0), environment: { stealSeconds: 0, readings }, ...changes };
}

const drifted = { status: "suspect", flags: ["calibration-drifted"] } as const;

describe("the state of a host", () => {
  it("is that of most trials, not a mean of two states", () => {
    expect(usualState([trial(50), trial(400), trial(400)])).toEqual({ here: { workNs: 2, handOverNs: 400 } });
    expect(usualState([trial(50), trial(400)])).toEqual({ here: { workNs: 2, handOverNs: 50 } });
    expect(usualState([sampleTrial("p", 0)])).toEqual({});
  });

  it("is told from another one, where somebody read it", () => {
    const state = usualState([trial(50)]);
    expect([50, 60, 400].map((ns) => isInState(state, trial(ns)))).toEqual([true, true, false]);
    expect(isInState(state, sampleTrial("p", 0))).toBe(true);
    expect(isSameState(state, usualState([trial(400)]))).toBe(false);
    expect(isSameState(state, undefined)).toBe(true);
  });

  it("is no reason to doubt a trial that is suspect for nothing else", () => {
    expect(isOnlyDrifted(trial(400, drifted))).toBe(true);
    expect(isOnlyDrifted(trial(400, { ...drifted, flags: ["lost-cpu", "calibration-drifted"] }))).toBe(false);
  });
});

describe("the samples of a run", () => {
  it("come from one state of the host: that of the baseline, else its own; the others are counted", async () => {
    const manifest = sampleManifest();
    const [first] = manifest.points;
    const writer = await (await claimRun(await temporaryFolder(), manifest.run)).begin(manifest);
    const point = first?.id ?? "";
    await writer.append(trial(50, { point, repetition: 0, metrics: { forwarding_rate: 30 } }));
    for (const repetition of [1, 2])
      await writer.append(trial(400, { ...drifted, point, repetition, metrics: { forwarding_rate: 20 } }));
    await writer.finish("complete");
    const run = await readRun(writer.directory);
    const own = samplesOfRun(run, "leave-out").points[0];
    expect(own).toMatchObject({ samples: { forwarding_rate: [20, 20] }, leftOut: { suspect: 0, otherState: 1 } });
    const fast = samplesOfRun(run, "leave-out", usualState([trial(50)])).points[0];
    expect(fast).toMatchObject({ samples: { forwarding_rate: [30] }, leftOut: { suspect: 0, otherState: 2 } });
    expect(samplesOfRun(run, "count").points[0]?.samples["forwarding_rate"]).toEqual([30, 20, 20]);
  });
});
