import { describe, expect, it } from "vitest";
import { lossCurve } from "../../src/search/loss_curve.js";
import { alwaysLoses, deterministic, type Dut } from "./duts.js";
import type { Trial } from "../../src/search/model.js";

const OPTIONS = { maxLoad: 10e6, step: 0.1, durationSeconds: 60, budget: { trials: 100, seconds: 1e6 } };

function curve(dut: Dut, options = OPTIONS) {
  const next = lossCurve(options);
  const history: Trial[] = [];
  let step = next(history);
  for (; step.type === "trial"; step = next(history)) {
    history.push({ ...step.request, lossRatio: dut(step.request), seconds: 60 });
  }
  return { outcome: step.outcome, loads: history.map(({ load }) => Math.round(load / 1e6)), history };
}

describe("a curve of the frame loss rate (RFC 2544, section 26.3)", () => {
  it("goes down from the largest rate until two trials in succession lose nothing", () => {
    const { outcome, loads } = curve(deterministic(7.5e6));
    expect(outcome).toBe("complete");
    expect(loads).toEqual([10, 9, 8, 7, 6]);
  });

  it("goes on after a single trial without loss", () => {
    const { loads } = curve(({ load }) =>
      Math.round(load / 1e6) === 9 ? 0 : deterministic(5e6)({ load, durationSeconds: 60 }),
    );
    expect(loads).toEqual([10, 9, 8, 7, 6, 5, 4]);
  });

  it("ends at the smallest rate when the DUT always loses", () => {
    const { outcome, loads } = curve(alwaysLoses);
    expect(outcome).toBe("exhausted");
    expect(loads).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  });

  it("says so when trials or seconds are used up", () => {
    expect(curve(alwaysLoses, { ...OPTIONS, budget: { trials: 3, seconds: 1e6 } }).outcome).toBe("out-of-budget");
    expect(curve(alwaysLoses, { ...OPTIONS, budget: { trials: 100, seconds: 130 } }).loads).toEqual([10, 9]);
  });
});
