import { describe, expect, it } from "vitest";
import { bootstrapInterval } from "../../src/statistics/bootstrap.js";
import { median } from "../../src/statistics/median.js";
import { seededRandom } from "../../src/statistics/random.js";

const ratioOfMedians = (a: readonly number[] = [], b: readonly number[] = []): number => median(a) / median(b);

describe("bootstrapInterval", () => {
  const random = seededRandom(3);
  const base = Array.from({ length: 40 }, () => 100 + random() * 10);

  it("gives the same interval for the same seed and another for another", () => {
    const interval = (seed: number) => bootstrapInterval([base], median, { seed });
    expect(interval(1)).toEqual(interval(1));
    expect(interval(1)).not.toEqual(interval(2));
  });

  it("sees a 20 % difference between two samples, and none between a sample and itself", () => {
    const faster = base.map((value) => value * 1.2);
    const gain = bootstrapInterval([faster, base], ratioOfMedians, { seed: 1, confidence: 0.99 });
    expect(gain.low).toBeGreaterThan(1.1);
    expect(gain.high).toBeLessThan(1.3);
    const same = bootstrapInterval([base, base], ratioOfMedians, { seed: 1, confidence: 0.99 });
    expect(same.low).toBeLessThan(1);
    expect(same.high).toBeGreaterThan(1);
  });

  it("refuses an empty group", () => {
    expect(() => bootstrapInterval([base, []], ratioOfMedians, { seed: 1 })).toThrow(RangeError);
  });
});

describe("seededRandom", () => {
  it("repeats its sequence for a seed, stays in [0, 1) and fills it evenly", () => {
    const [a, b] = [seededRandom(5), seededRandom(5)];
    const numbers = Array.from({ length: 20_000 }, () => a());
    expect(numbers.slice(0, 50)).toEqual(Array.from({ length: 50 }, () => b()));
    expect(numbers.every((value) => value >= 0 && value < 1)).toBe(true);
    const cells = new Array<number>(16).fill(0);
    for (const value of numbers) cells[Math.floor(value * 16)] = (cells[Math.floor(value * 16)] ?? 0) + 1;
    for (const count of cells) expect(Math.abs(count - 1250)).toBeLessThan(175); // 5 standard deviations
  });

  it("tells neighbouring seeds, and seeds beyond 32 bits, apart", () => {
    const firsts = [0, 1, 2, 2 ** 32, 2 ** 32 + 1, 2 ** 40].map((seed) => seededRandom(seed)());
    expect(new Set(firsts).size).toBe(firsts.length);
  });
});
