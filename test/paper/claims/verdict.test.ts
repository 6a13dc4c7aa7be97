import { describe, expect, it } from "vitest";
import { estimateOf, exactly, greatest, judge, ratioOf, slack } from "../../../src/paper/claims/estimate.js";
import { allOf, anyOf, negate, type Verdict } from "../../../src/paper/claims/verdict.js";

const ALL: readonly Verdict[] = ["confirmed", "refuted", "inconclusive", "not testable here"];

describe("verdicts together", () => {
  it("are refuted by one refuted part, whatever is missing", () => {
    expect(allOf(ALL)).toBe("refuted");
    expect(allOf(["confirmed", "inconclusive", "not testable here"])).toBe("not testable here");
    expect(allOf(["confirmed", "inconclusive"])).toBe("inconclusive");
    expect(allOf(["confirmed", "confirmed"])).toBe("confirmed");
  });

  it("are confirmed by one confirmed alternative, whatever is missing", () => {
    expect(anyOf(ALL)).toBe("confirmed");
    expect(anyOf(["refuted", "inconclusive", "not testable here"])).toBe("inconclusive");
    expect(anyOf(["refuted", "not testable here"])).toBe("not testable here");
    expect(anyOf(["refuted", "refuted"])).toBe("refuted");
  });

  it("obey De Morgan where all is known", () => {
    for (const a of ALL.slice(0, 2)) {
      for (const b of ALL.slice(0, 2)) expect(negate(allOf([a, b]))).toBe(anyOf([negate(a), negate(b)]));
    }
    expect(ALL.map((verdict) => negate(negate(verdict)))).toEqual(ALL);
  });
});

const value = (median: number, low: number, high: number, n = 8) => ({ median, low, high, n });

describe("values with intervals", () => {
  it("are within a limit, outside, or overlap it", () => {
    expect(judge(value(10, 9, 11), { atLeast: 9 })).toBe("confirmed");
    expect(judge(value(10, 9, 11), { above: 9 })).toBe("inconclusive");
    expect(judge(value(10, 9, 11), { atMost: 8.9 })).toBe("refuted");
    expect(judge(value(10, 9, 11), { below: 9 })).toBe("refuted");
    expect(judge(value(10, 9, 11), { atLeast: 5, atMost: 10 })).toBe("inconclusive");
    expect(judge(exactly(5), { above: 5 })).toBe("refuted");
  });

  it("give ratios whose intervals reach from the least to the greatest that is possible", () => {
    expect(ratioOf(value(10, 8, 12, 5), value(5, 4, 6, 9))).toEqual({ median: 2, low: 8 / 6, high: 3, n: 5 });
  });

  it("know nothing certain about a single trial, so every limit is inconclusive", () => {
    const single = estimateOf({ median: 5, ci95: [5, 5], n: 1 });
    expect(single && judge(single, { atLeast: 1 })).toBe("inconclusive");
    expect(single && judge(ratioOf(single, exactly(1)), { atMost: 100 })).toBe("inconclusive");
  });

  it("are not there in a summary without numbers", () => {
    expect(estimateOf({ median: Number.NaN, ci95: [1, 2], n: 8 })).toBeUndefined();
    expect(estimateOf({ median: Infinity, ci95: [1, 2], n: 8 })).toBeUndefined();
    expect(estimateOf({ median: 1.5, ci95: [Number.NaN, 2], n: 8 })).toEqual({
      median: 1.5,
      low: -Infinity,
      high: Infinity,
      n: 8,
    });
  });

  it("contain their median even if a file says otherwise", () => {
    expect(estimateOf({ median: 5, ci95: [6, 7], n: 8 })).toEqual({ median: 5, low: 5, high: 7, n: 8 });
  });

  it("compare at zero: two exact zeros are equal, a value over zero is unbounded", () => {
    expect(ratioOf(exactly(0), exactly(0))).toMatchObject({ median: 1, low: 1, high: 1 });
    expect(judge(ratioOf(exactly(3), exactly(0)), { atLeast: 1000 })).toBe("confirmed");
    expect(judge(ratioOf(exactly(0), exactly(3)), { atMost: 0 })).toBe("confirmed");
    expect(judge(ratioOf(value(1, 0, 2), value(1, 0, 2)), { atLeast: 1 })).toBe("inconclusive");
    expect(judge(ratioOf(value(-1, -2, 0), exactly(3)), { atMost: 1 })).toBe("inconclusive");
  });

  it("have a greatest one that holds whichever it is", () => {
    expect(greatest([value(5, 1, 6), value(4, 3, 9, 3)])).toEqual({ median: 5, low: 3, high: 9, n: 3 });
  });

  it("are nearer to a limit the smaller their slack, and beyond it if negative", () => {
    expect(slack(exactly(10), { atLeast: 9 })).toBeGreaterThan(0);
    expect(slack(exactly(8), { atLeast: 9 })).toBeLessThan(0);
    expect(slack(exactly(9.5), { atLeast: 5, atMost: 10 })).toBeCloseTo(Math.log(10 / 9.5));
  });
});
