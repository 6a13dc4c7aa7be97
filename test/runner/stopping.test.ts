import { describe, expect, it } from "vitest";
import { needsRepetition } from "../../src/runner/stopping.js";

const UNTIL = { min: 3, max: 8, until: { metric: "forwarding_rate", ci95: 0.05 } };
const STEADY = [100, 101, 100, 99, 100, 100, 101];
const NOISY = [100, 150, 60, 120, 80, 140, 70];

describe("the stopping rule", () => {
  it("asks for min repetitions and no more if there is no condition", () => {
    const rule = { min: 3, max: 3 };
    expect([0, 1, 2, 3].map((round) => needsRepetition(rule, round, STEADY.slice(0, round)))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  it("stops between min and max as soon as the interval is narrow enough", () => {
    expect(needsRepetition(UNTIL, 6, STEADY.slice(0, 6))).toBe(false);
    expect(needsRepetition(UNTIL, 6, NOISY.slice(0, 6))).toBe(true);
  });

  it("never asks for more than max", () => {
    expect(needsRepetition(UNTIL, 7, NOISY)).toBe(true);
    expect(needsRepetition(UNTIL, 8, NOISY)).toBe(false);
  });

  it("is not fooled by a few trials that happen to agree", () => {
    expect(needsRepetition(UNTIL, 3, [100, 100, 100])).toBe(true);
  });

  it("goes on to max if no trial has the metric", () => {
    expect(needsRepetition(UNTIL, 7, [])).toBe(true);
  });
});
