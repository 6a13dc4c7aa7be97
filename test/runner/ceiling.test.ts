import { describe, expect, it } from "vitest";
import { markNearCeiling } from "../../src/runner/ceiling.js";
import { calibration } from "../results/calibration_sample.js";
import type { TrialOutcome } from "../../src/experiments/experiment.js";

/** Frames of `size` bytes, offered at `rate`, of which half came back. */
function outcome(rate: number, size: number): TrialOutcome {
  const forwarded = rate / 2;
  const metrics = { offered_rate: rate, forwarding_rate: forwarded, link_rate: forwarded * (size + 20) * 8 };
  return { status: "ok", flags: [], metrics };
}

describe("a result near the generator's ceiling", () => {
  it("is marked by what was offered and by the mean size of its frames, and stays ok", () => {
    const marked = { status: "ok", flags: ["near-generator-ceiling"] };
    expect(markNearCeiling(outcome(0.96e7, 64), calibration())).toMatchObject(marked);
    expect(markNearCeiling(outcome(0.96e6, 1518), calibration())).toMatchObject(marked);
    expect(markNearCeiling(outcome(0.96e6, 64), calibration()).flags).toEqual([]);
  });

  it("keeps the flags that it had", () => {
    const suspect = { ...outcome(1e7, 64), status: "suspect", flags: ["lost-cpu"] } as const;
    expect(markNearCeiling(suspect, calibration()).flags).toEqual(["lost-cpu", "near-generator-ceiling"]);
  });

  it("is not known without a calibration, and is none without frames", () => {
    expect(markNearCeiling(outcome(1e9, 64), undefined).flags).toEqual([]);
    const failed: TrialOutcome = { status: "failed", flags: ["no-frames"], metrics: {} };
    expect(markNearCeiling(failed, calibration())).toEqual(failed);
  });
});
