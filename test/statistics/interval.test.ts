import { describe, expect, it } from "vitest";
import { bootstrapInterval } from "../../src/statistics/bootstrap.js";
import { achievedConfidence, ci95, medianInterval, relativeHalfWidth } from "../../src/statistics/interval.js";
import { median } from "../../src/statistics/median.js";
import { seededRandom } from "../../src/statistics/random.js";

type Draw = (random: () => number) => number;

const DISTRIBUTIONS: readonly { name: string; draw: Draw; median: number }[] = [
  { name: "normal", draw: normal, median: 0 },
  { name: "exponential", draw: (random) => -Math.log(1 - random()), median: Math.LN2 },
  { name: "log-normal", draw: (random) => Math.exp(normal(random)), median: 1 },
  { name: "uniform", draw: (random) => random(), median: 0.5 },
];

/** Share of simulated runs of n trials whose interval holds the true median. */
function coverage(
  n: number,
  draw: Draw,
  trueMedian: number,
  interval: (values: number[]) => readonly [number, number],
) {
  const random = seededRandom(1000 + n);
  const runs = 4000;
  let hits = 0;
  for (let run = 0; run < runs; run += 1) {
    const [low, high] = interval(Array.from({ length: n }, () => draw(random)));
    if (low <= trueMedian && trueMedian <= high) hits += 1;
  }
  return hits / runs;
}

function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

describe("medianInterval", () => {
  // 4000 runs: three standard errors of a 95 % share are 1.03 %. Interpolation itself may be off by about 0.5 %.
  it.each(DISTRIBUTIONS)(
    "holds the median of a $name population in 95 % of simulated runs",
    ({ draw, median: truth }) => {
      for (const n of [6, 7, 8, 12, 20, 51]) {
        const share = coverage(n, draw, truth, ci95);
        expect(share, `n = ${n}`).toBeGreaterThan(0.933);
        expect(share, `n = ${n}`).toBeLessThan(0.972);
      }
    },
  );

  it("stays between the two exact levels on a bimodal population, as on a machine that changes state", () => {
    const bimodal: Draw = (random) => (random() < 0.55 ? 10 : 20) + random();
    const truth = 10 + 0.5 / 0.55;
    expect(coverage(8, bimodal, truth, ci95)).toBeGreaterThan(0.918);
    expect(coverage(8, bimodal, truth, ci95)).toBeLessThan(0.997);
  });

  it("keeps more of its promise than the percentile bootstrap at 7 trials, which is why it is used", () => {
    const bootstrap = (values: number[]): readonly [number, number] => {
      const { low, high } = bootstrapInterval([values], median, { seed: 1, resamples: 200 });
      return [low, high];
    };
    expect(coverage(7, normal, 0, bootstrap)).toBeLessThan(0.92);
    expect(coverage(7, normal, 0, ci95)).toBeGreaterThan(0.933);
  });

  it.each([
    [2, 0.5],
    [3, 0.75],
    [5, 0.9375],
  ])("gives the range of %i trials with its true confidence of %f", (n, confidence) => {
    const values = Array.from({ length: n }, (_, i) => i * i);
    expect(medianInterval(values)).toEqual({ low: 0, high: (n - 1) ** 2, confidence });
    expect(achievedConfidence(n)).toBe(confidence);
  });

  it("takes the exact order statistics where the wanted confidence is one of theirs", () => {
    const values = [5, 1, 4, 2, 8, 6, 7, 3];
    expect(medianInterval(values, 1 - 18 / 256)).toEqual({ low: 2, high: 7, confidence: 1 - 18 / 256 });
    expect(medianInterval(values, 1 - 2 / 256)).toEqual({ low: 1, high: 8, confidence: 1 - 2 / 256 });
  });

  it("agrees with Le Boudec's table A.1 for large samples: n = 70 gives ranks 27 and 44", () => {
    const [low, high] = ci95(Array.from({ length: 70 }, (_, i) => i + 1));
    expect(low).toBeGreaterThanOrEqual(27);
    expect(low).toBeLessThan(28);
    expect(high).toBeGreaterThan(43);
    expect(high).toBeLessThanOrEqual(44);
  });

  it("equals the value of a single trial, and of trials that all agree", () => {
    expect(ci95([42])).toEqual([42, 42]);
    expect(ci95([0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).toEqual([0.1, 0.1]);
  });

  it("encloses the median and lies within the trials, whatever they are", () => {
    const random = seededRandom(7);
    for (let run = 0; run < 500; run += 1) {
      const values = Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.exp(10 * normal(random)));
      const [low, high] = ci95(values);
      expect(low).toBeLessThanOrEqual(median(values));
      expect(high).toBeGreaterThanOrEqual(median(values));
      expect(low).toBeGreaterThanOrEqual(Math.min(...values));
      expect(high).toBeLessThanOrEqual(Math.max(...values));
    }
  });

  it("follows a change of unit and ignores the order of the trials", () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const [low, high] = ci95(values);
    expect(ci95(values.map((value) => value * 1024))).toEqual([low * 1024, high * 1024]);
    expect(ci95(values.toReversed())).toEqual([low, high]);
  });

  it("survives ten thousand trials without underflow", () => {
    const [low, high] = ci95(Array.from({ length: 10_000 }, (_, i) => i));
    expect(low).toBeGreaterThan(4899);
    expect(high).toBeLessThan(5101);
    expect(high - low).toBeGreaterThan(190);
  });

  it("refuses to make an interval of nothing", () => {
    expect(() => ci95([])).toThrow(RangeError);
  });
});

describe("relativeHalfWidth", () => {
  it("never lets fewer than 6 trials end the repeats, even if they agree", () => {
    expect(relativeHalfWidth([1, 1, 1, 1, 1])).toBe(Number.POSITIVE_INFINITY);
    expect(relativeHalfWidth([1, 1, 1, 1, 1, 1])).toBe(0);
  });

  it("is the larger distance to a bound as a share of the median", () => {
    const values = [90, 99, 100, 100, 101, 140];
    const [low, high] = ci95(values);
    expect(high - 100).toBeGreaterThan(100 - low);
    expect(relativeHalfWidth(values)).toBeCloseTo((high - 100) / 100, 12);
  });

  it("is infinite around a median of 0, so that a loss of mostly nothing does not read as precise", () => {
    expect(relativeHalfWidth([0, 0, 0, 0, 0, 1, 0.5])).toBe(Number.POSITIVE_INFINITY);
    expect(relativeHalfWidth([0, 0, 0, 0, 0, 0])).toBe(0);
  });
});
