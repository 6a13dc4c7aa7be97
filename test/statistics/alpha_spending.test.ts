import { describe, expect, it } from "vitest";
import { levelOf, ONLY_LOOK, type Look } from "../../src/statistics/alpha_spending.js";

describe("what a look may use up of the chance of a false alarm", () => {
  const quarters: readonly Look[] = [0, 1, 2, 3].map((index) => ({ from: index / 4, to: (index + 1) / 4 }));

  it("follows the boundaries of O'Brien and Fleming, as Lan and DeMets spend them", () => {
    // 2 (1 - Phi(2.5758 / sqrt(t))) at t = 1/4, 1/2, 3/4, differences of these, by Python's NormalDist.
    const expected = [2.58193e-7, 2.694588e-4, 2.6667513e-3, 7.0635317e-3];
    for (const [index, look] of quarters.entries()) {
      expect(levelOf(look, 0.01) / (expected[index] ?? 0)).toBeCloseTo(1, 4);
    }
  });

  it("is all of it in an only look, and adds up to it over any looks", () => {
    expect(levelOf(ONLY_LOOK, 0.01)).toBeCloseTo(0.01, 8);
    expect(quarters.reduce((sum, look) => sum + levelOf(look, 0.05), 0)).toBeCloseTo(0.05, 8);
  });
});
