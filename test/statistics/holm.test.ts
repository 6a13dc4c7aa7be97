import { describe, expect, it } from "vitest";
import { holm } from "../../src/statistics/holm.js";

describe("holm", () => {
  it("gives the values of R's p.adjust(c(0.01, 0.04, 0.03, 0.005), 'holm'), in the order given", () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005]);
    for (const [index, value] of [0.03, 0.06, 0.06, 0.02].entries()) expect(adjusted[index]).toBeCloseTo(value, 12);
  });

  it("leaves a single test as it is, and nothing above 1", () => {
    expect(holm([0.02])).toEqual([0.02]);
    expect(holm([0.9, 0.8])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });
});
