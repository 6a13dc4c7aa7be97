import { describe, expect, it } from "vitest";
import { normalCdf, normalQuantile } from "../../src/statistics/normal.js";
import { leastProbability, rankTest, superiority } from "../../src/statistics/rank_test.js";
import { seededRandom } from "../../src/statistics/random.js";

const range = (count: number, value: (index: number) => number) => Array.from({ length: count }, (_, i) => value(i));

describe("rankTest", () => {
  it("has the exact probability of Hollander and Wolfe's example 4.1, as SciPy 1.17 has it", () => {
    const atTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
    const early = [1.15, 0.88, 0.9, 0.74, 1.21];
    expect(rankTest(early, atTerm).greater).toBeCloseTo(0.1272061272061272, 12);
    expect(superiority(early, atTerm)).toBe(35 / 50);
  });

  it("counts ties exactly: all 462 ways to deal these ranks, as enumerated with SciPy's rankdata", () => {
    const { less, greater } = rankTest([0, 0, 0, 1, 2], [0, 1, 3, 3, 4, 2]);
    expect(less).toBeCloseTo(0.9783549783549783, 12);
    expect(greater).toBeCloseTo(0.05627705627705628, 12);
  });

  it("agrees with SciPy's normal approximation beyond what is counted, with and without ties", () => {
    const untied = rankTest(
      range(40, (i) => 3 * i),
      range(40, (i) => 3.3 * i + 4),
    );
    expect(untied.less).toBeCloseTo(0.8749052629113291, 6);
    expect(untied.greater).toBeCloseTo(0.12708758631745792, 6);
    const tied = rankTest(
      range(40, (i) => Math.floor(i / 10)),
      range(40, (i) => Math.floor(i / 8)),
    );
    expect(tied.less).toBeCloseTo(0.943123909323635, 6);
    expect(tied.greater).toBeCloseTo(0.058010444795986105, 6);
  });

  it("goes over from counting to the approximation without a jump", () => {
    const random = seededRandom(11);
    const [a, b] = [range(32, random), range(32, () => random() + 0.15)];
    const [exact, approximate] = [rankTest(a, b), rankTest([...a, 0.5], b)];
    expect(Math.abs(exact.greater - approximate.greater)).toBeLessThan(0.01);
  });

  it("mirrors when the samples change places", () => {
    const [a, b] = [
      [3, 1, 4, 1, 5],
      [9, 2, 6],
    ];
    const [ab, ba] = [rankTest(a, b), rankTest(b, a)];
    expect(ab.less).toBeCloseTo(ba.greater, 12);
    expect(superiority(a, b)).toBeCloseTo(1 - superiority(b, a), 12);
  });

  it("knows nothing of samples that are all equal, and refuses an empty one", () => {
    expect(rankTest([7, 7, 7], [7, 7])).toEqual({ less: 1, greater: 1 });
    expect(rankTest(new Array(50).fill(7), new Array(50).fill(7))).toMatchObject({ less: 1, greater: 1 });
    expect(superiority([7, 7, 7], [7, 7])).toBe(0.5);
    expect(() => rankTest([], [1])).toThrow(RangeError);
  });

  it("gives least where no value overlaps: 1 / C(m + n, n)", () => {
    expect(rankTest([1, 2, 3, 4, 5], [6, 7, 8, 9, 10]).greater).toBeCloseTo(1 / 252, 12);
    expect(leastProbability(5, 5)).toBeCloseTo(1 / 252, 12);
    expect(leastProbability(8, 8)).toBeCloseTo(1 / 12_870, 12);
  });
});

describe("the normal distribution", () => {
  it.each([
    [-5, 2.866515718791933e-7],
    [-1, 0.15865525393145707],
    [0, 0.5],
    [1.5, 0.9331927987311419],
  ])("has SciPy's value at %f", (z, probability) => {
    expect(Math.abs(normalCdf(z) / probability - 1)).toBeLessThan(1e-6);
  });

  it.each([
    [0.001, -3.090232306167813],
    [0.05, -1.6448536269514729],
  ])("has SciPy's quantile of %f", (probability, z) => {
    expect(normalQuantile(probability)).toBeCloseTo(z, 5);
  });
});
