import { describe, expect, it } from "vitest";
import { changePoints } from "../../src/statistics/change_points.js";
import { seededRandom } from "../../src/statistics/random.js";

/** Skewed, as slow runs are more often far off than fast ones. */
function noisy(levels: readonly number[], seed: number, spread = 0.01): number[] {
  const random = seededRandom(seed);
  return levels.map((level) => level * (1 + spread * (-Math.log(1 - random()) - 1)));
}

const flat = (length: number, level = 100): number[] => Array.from({ length }, () => level);

describe("changePoints", () => {
  it("finds a level shift of a few spreads, at its place or the next one", () => {
    const near = Array.from({ length: 40 }, (_, seed) => {
      const found = changePoints(noisy([...flat(20), ...flat(20, 95)], seed), { permutations: 199 });
      return found.some(({ index }) => Math.abs(index - 20) <= 1);
    });
    expect(near.filter(Boolean).length).toBeGreaterThanOrEqual(38);
  });

  it("seldom finds one in noise alone", () => {
    const alarms = Array.from({ length: 200 }, (_, seed) => changePoints(noisy(flat(30), seed), { permutations: 199 }));
    // 1 % of 200 is 2; more than 7 has a probability of 0.001.
    expect(alarms.filter(({ length }) => length > 0).length).toBeLessThanOrEqual(7);
  });

  it("finds two shifts, up and down, with the medians between them", () => {
    const found = changePoints(noisy([...flat(15), ...flat(15, 120), ...flat(15, 90)], 3));
    expect(found.map(({ index }) => index)).toEqual([15, 30]);
    expect(found[0]?.before).toBeCloseTo(100, -1);
    expect(found[0]?.after).toBe(found[1]?.before);
    expect(found[1]?.after).toBeCloseTo(90, -1);
  });

  it("takes one odd run for no change", () => {
    const values = noisy(flat(30), 5);
    values[12] = 30;
    expect(changePoints(values)).toEqual([]);
  });

  it("finds nothing in values that are all the same, or too few", () => {
    expect(changePoints(flat(30))).toEqual([]);
    expect(changePoints([1, 2, 3, 9, 9, 9])).toEqual([]);
    expect(changePoints([])).toEqual([]);
  });

  it("gives the same answer each time", () => {
    const values = noisy([...flat(10), ...flat(10, 97)], 11);
    expect(changePoints(values)).toEqual(changePoints(values));
  });
});
