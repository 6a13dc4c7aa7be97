import { describe, expect, it } from "vitest";
import { median, quantile } from "../../src/statistics/median.js";
import { summarise } from "../../src/statistics/summary.js";

describe("quantile", () => {
  it("is type 7 of Hyndman and Fan, as in R and NumPy", () => {
    expect(quantile([15, 20, 35, 40, 50], 0.4)).toBeCloseTo(29, 12);
    expect(quantile([7, 1, 3, 5], 0.25)).toBeCloseTo(2.5, 12);
    expect(quantile([7, 1, 3, 5], 0)).toBe(1);
    expect(quantile([7, 1, 3, 5], 1)).toBe(7);
  });

  it("takes the mean of the middle two for a median of an even count, and leaves its input alone", () => {
    const values = [4, 1, 3, 2];
    expect(median(values)).toBe(2.5);
    expect(values).toEqual([4, 1, 3, 2]);
  });

  it("refuses no values and quantiles outside [0, 1]", () => {
    expect(() => median([])).toThrow(RangeError);
    expect(() => quantile([1], 1.5)).toThrow(RangeError);
    expect(() => quantile([1], Number.NaN)).toThrow(RangeError);
  });
});

describe("summarise", () => {
  it("gives count, median, interval and range", () => {
    expect(summarise([3, 1, 2])).toEqual({ n: 3, median: 2, ci95: [1, 3], min: 1, max: 3 });
    expect(summarise([5])).toEqual({ n: 1, median: 5, ci95: [5, 5], min: 5, max: 5 });
  });
});
