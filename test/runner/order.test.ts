import { describe, expect, it } from "vitest";
import { shuffledOrder } from "../../src/runner/order.js";

describe("the order of a round", () => {
  it("is a permutation of the points", () => {
    for (const count of [0, 1, 2, 100]) {
      expect([...shuffledOrder(count, 7, 3)].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
    }
  });

  it("is the same for the same seed and round, and another for others", () => {
    expect(shuffledOrder(50, 7, 3)).toEqual(shuffledOrder(50, 7, 3));
    expect(shuffledOrder(50, 7, 3)).not.toEqual(shuffledOrder(50, 7, 4));
    expect(shuffledOrder(50, 7, 3)).not.toEqual(shuffledOrder(50, 8, 3));
  });

  it("gives every point every place about equally often", () => {
    const counts = Array.from({ length: 4 }, () => [0, 0, 0, 0]);
    for (let round = 0; round < 4000; round += 1) {
      shuffledOrder(4, 1, round).forEach((point, place) => (counts[point]![place]! += 1));
    }
    for (const count of counts.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150);
  });
});
