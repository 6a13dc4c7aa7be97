import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/statistics/random.js";
import { leastPairedProbability, shiftEstimate, signedRankTest } from "../../src/statistics/signed_rank.js";

describe("the signed rank test", () => {
  it("gives the probabilities of R's wilcox.test(x, exact = TRUE)", () => {
    // Hollander, Wolfe and Chicken, example 3.1: depression scores of nine patients, T+ = 5.
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const { less, greater } = signedRankTest(after.map((value, index) => value - (before[index] ?? 0)));
    expect(less).toBeCloseTo(0.01953, 5);
    expect(greater).toBeCloseTo(0.98633, 4);
  });

  it("is as sure as can be where all pairs agree, and never surer", () => {
    expect(signedRankTest([1, 2, 3, 4, 5, 6, 7]).greater).toBe(leastPairedProbability(7));
    expect(signedRankTest([-1, -2, -3]).less).toBe(1 / 8);
  });

  it("leaves pairs without a difference out, shares the ranks of ties, and takes infinite differences", () => {
    expect(signedRankTest([0, 0, 0])).toEqual({ less: 1, greater: 1 });
    expect(signedRankTest([1, -1]).less).toBe(0.75);
    expect(signedRankTest([Infinity, Infinity, 1]).greater).toBe(1 / 8);
  });

  it("raises an alarm at 5 % in at most 5 % of samples without an effect", () => {
    const random = seededRandom(4);
    const alarms = Array.from({ length: 2000 }, () => Array.from({ length: 12 }, () => random() - 0.5));
    const share = alarms.filter((sample) => signedRankTest(sample).less <= 0.05).length / alarms.length;
    expect(share).toBeGreaterThan(0.03);
    expect(share).toBeLessThanOrEqual(0.058);
  });
});

describe("the shift of pairs", () => {
  it("is between bounds that hold it as often as they say", () => {
    const random = seededRandom(5);
    const below = Array.from({ length: 1000 }, () => {
      const { low } = shiftEstimate(
        Array.from({ length: 10 }, () => 3 + random() - 0.5),
        0.95,
      );
      return low <= 3;
    });
    expect(below.filter(Boolean).length / below.length).toBeGreaterThanOrEqual(0.935);
  });

  it("says how sure few pairs can be at most", () => {
    expect(shiftEstimate([1, 2, 4], 0.99)).toEqual({ shift: 2.25, low: 1, high: 4, confidence: 0.875 });
  });
});
