import { describe, expect, it } from "vitest";
import { probabilityBelow, runShift, shiftBounds, spreadOf } from "../../src/statistics/run_shift.js";

describe("runs against runs", () => {
  const a = [10, 12, 11, 13];

  it("predict where a single new one falls: the t interval of a future value", () => {
    const spread = spreadOf([a, [9]]);
    expect(spread).toEqual({ deviation: Math.sqrt(5 / 3), freedom: 3 });
    const shift = runShift(a, [9], spread!);
    const [low, high] = shiftBounds(shift, 0.99);
    // t(0.99; 3) = 4.5407 by the printed tables, times s sqrt(1 + 1/4)
    expect(shift.shift).toBe(-2.5);
    expect([low, high]).toEqual([expect.closeTo(-9.0541, 3), expect.closeTo(4.0541, 3)]);
  });

  it("are the t test of two samples where there are several", () => {
    const b = [8, 9, 7];
    const shift = runShift(a, b, spreadOf([a, b])!);
    expect(shift.freedom).toBe(5);
    expect(probabilityBelow(shift, 0)).toBeCloseTo(0.00586240550197706, 9); // scipy.stats.ttest_ind, one-sided
    expect(probabilityBelow(shift, shift.shift)).toBe(0.5);
  });

  it("say nothing of their spread where there is one of each, and all where they are alike", () => {
    expect(spreadOf([[1], [2]])).toBeUndefined();
    const alike = runShift([5, 5], [4], spreadOf([[5, 5]])!);
    expect([probabilityBelow(alike, -2), probabilityBelow(alike, 0)]).toEqual([1, 0]);
  });
});
