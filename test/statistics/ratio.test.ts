import { describe, expect, it } from "vitest";
import { seededRandom } from "../../src/statistics/random.js";
import { ratioEstimate } from "../../src/statistics/ratio.js";

const A = [10.1, 9.8, 10.4, 10.0, 9.85];
const B = [9.2, 9.5, 9.9, 9.0, 9.4, 9.3];

/** Factors of noise: log-normal with this deviation. */
function noise(random: () => number, deviation: number): number {
  return Math.exp(deviation * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()));
}

function samples(random: () => number, n: number, factor: number): number[] {
  return Array.from({ length: n }, () => factor * noise(random, 0.03));
}

/** Share of simulated comparisons whose lower bound is above the true factor, or whose upper bound is below it. */
function misses(n: number, bounds: (a: number[], b: number[]) => readonly [number, number]): [number, number] {
  const random = seededRandom(500 + n);
  let [above, below] = [0, 0];
  for (let run = 0; run < 2000; run += 1) {
    const [low, high] = bounds(samples(random, n, 1), samples(random, n, 0.9));
    if (low > 0.9) above += 1;
    if (high < 0.9) below += 1;
  }
  return [above / 2000, below / 2000];
}

describe("ratioEstimate", () => {
  it("is the median ratio of all pairs, within the factors that SciPy's exact test does not refuse", () => {
    const estimate = ratioEstimate(A, B, 0.95);
    expect(estimate?.ratio).toBeCloseTo(0.936389799841098, 10);
    // SciPy's mannwhitneyu was asked at steps of 1e-5, for 95 % and for 99 % of each bound.
    expect(estimate?.low).toBeCloseTo(0.90385, 4);
    expect(estimate?.high).toBeCloseTo(0.96446, 4);
    expect(ratioEstimate(A, B, 0.99)).toMatchObject({
      low: expect.closeTo(0.89109, 4),
      high: expect.closeTo(0.99, 4),
      confidence: 0.99,
    });
  });

  // 2000 comparisons: three standard errors of a share of 5 % are 1.5 %.
  it.each([5, 8, 12, 33])(
    "with %i trials a side, misses the true factor on either side in one comparison of twenty at most",
    (n) => {
      const [above, below] = misses(n, (a, b) => {
        const { low, high } = ratioEstimate(a, b, 0.95) ?? { low: 0, high: 0 };
        return [low, high];
      });
      for (const share of [above, below]) {
        expect(share).toBeLessThan(0.065);
        expect(share).toBeGreaterThan(0.02);
      }
    },
  );

  it("gives the range with its true confidence where the trials are too few", () => {
    expect(ratioEstimate([1, 2], [4, 6], 0.99)).toEqual({
      ratio: expect.closeTo(Math.sqrt(3 * 4), 10),
      low: 2,
      high: 6,
      confidence: 1 - 1 / 6,
    });
  });

  it("is none from or to nothing, and refuses an empty sample", () => {
    expect(ratioEstimate([0, 1], [1, 1], 0.95)).toBeUndefined();
    expect(ratioEstimate([1, 1], [1, 0], 0.95)).toBeUndefined();
    expect(() => ratioEstimate([], [1], 0.95)).toThrow(RangeError);
  });
});
