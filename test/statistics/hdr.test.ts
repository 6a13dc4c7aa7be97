import { describe, expect, it } from "vitest";
import {
  EMPTY_HISTOGRAM,
  mergeHistograms,
  meanOf,
  percentileSteps,
  toHgrm,
  totalCount,
  valueAtPercentile,
  type SparseHistogram,
} from "../../src/statistics/hdr.js";
import { sorted } from "../../src/statistics/median.js";
import { seededRandom } from "../../src/statistics/random.js";

/** Counts values by exact edge: the bucket layout with a resolution of 1 ns. */
function histogramOf(values: readonly number[]): SparseHistogram {
  if (values.length === 0) return EMPTY_HISTOGRAM;
  const counts = new Map<number, number>();
  for (const value of sorted(values)) counts.set(value, (counts.get(value) ?? 0) + 1);
  return { unit: "ns", buckets: [...counts], min: Math.min(...values), max: Math.max(...values) };
}

function randomValues(random: () => number, most: number): number[] {
  return Array.from({ length: Math.floor(random() * most) }, () => Math.floor(1000 / (1 - random())));
}

describe("mergeHistograms", () => {
  it("is associative, commutative, and equals counting all values at once", () => {
    const random = seededRandom(11);
    for (let run = 0; run < 200; run += 1) {
      const [a, b, c] = [randomValues(random, 30), randomValues(random, 30), randomValues(random, 30)];
      const [ha, hb, hc] = [histogramOf(a), histogramOf(b), histogramOf(c)];
      const whole = histogramOf([...a, ...b, ...c]);
      expect(mergeHistograms([mergeHistograms([ha, hb]), hc])).toEqual(whole);
      expect(mergeHistograms([ha, mergeHistograms([hb, hc])])).toEqual(whole);
      expect(mergeHistograms([hc, ha, hb])).toEqual(whole);
    }
  });

  it("has the empty histogram as its zero, whose min of 0 does not become the minimum", () => {
    const some = histogramOf([500, 700]);
    expect(mergeHistograms([EMPTY_HISTOGRAM, some])).toEqual(some);
    expect(mergeHistograms([])).toEqual(EMPTY_HISTOGRAM);
  });
});

describe("valueAtPercentile", () => {
  it("equals the order statistic of the values when buckets are 1 ns wide", () => {
    const random = seededRandom(13);
    const values = Array.from({ length: 1000 }, () => Math.floor(random() * 5000));
    const ascending = sorted(values);
    for (const percentile of [0, 0.1, 25, 50, 90, 99, 99.9, 100]) {
      const rank = Math.max(1, Math.round((percentile / 100) * 1000));
      expect(valueAtPercentile(histogramOf(values), percentile), `p${percentile}`).toBe(ascending[rank - 1]);
    }
  });

  it("never leaves [min, max], though the lower edge of the first bucket lies below min", () => {
    const histogram: SparseHistogram = {
      unit: "ns",
      buckets: [
        [1000, 3],
        [2000, 1],
      ],
      min: 1010,
      max: 2009,
    };
    expect(valueAtPercentile(histogram, 50)).toBe(1010);
    expect(valueAtPercentile(histogram, 99)).toBe(2009);
    expect(valueAtPercentile(histogram, 100)).toBe(2009);
  });

  it("has no value where nothing was recorded", () => {
    expect(valueAtPercentile(EMPTY_HISTOGRAM, 50)).toBeUndefined();
    expect(meanOf(EMPTY_HISTOGRAM)).toBeUndefined();
  });
});

describe("percentileSteps", () => {
  it("rises in percentile, value and count, and ends at 100 % with every value", () => {
    const random = seededRandom(17);
    const histogram = histogramOf(Array.from({ length: 5000 }, () => Math.floor(1000 / (1 - random()))));
    const steps = percentileSteps(histogram);
    for (const [i, step] of steps.entries()) {
      const before = steps[i - 1] ?? { percentile: 0, value: 0, count: 0 };
      expect(step.percentile).toBeGreaterThanOrEqual(before.percentile);
      expect(step.value).toBeGreaterThanOrEqual(before.value);
      expect(step.count).toBeGreaterThanOrEqual(before.count);
      expect((100 * step.count) / 5000).toBeGreaterThanOrEqual(step.percentile - 1e-9);
    }
    expect(steps.at(-1)).toEqual({ percentile: 100, value: histogram.max, count: 5000 });
    expect(steps.slice(0, 6).map(({ percentile }) => percentile)).toEqual([0, 10, 20, 30, 40, 50]);
    expect(steps[6]?.percentile).toBeCloseTo(55, 9);
  });

  it("has no step for an empty histogram", () => {
    expect(percentileSteps(EMPTY_HISTOGRAM)).toEqual([]);
  });
});

describe("toHgrm", () => {
  it("writes the table that HdrHistogram's plotters read", () => {
    const histogram = histogramOf([100, 100, 200, 300]);
    expect(toHgrm(histogram).split("\n")).toEqual([
      "       Value     Percentile TotalCount 1/(1-Percentile)",
      "",
      "     100.000 0.000000000000          2           1.00",
      "     100.000 0.100000000000          2           1.11",
      "     100.000 0.200000000000          2           1.25",
      "     100.000 0.300000000000          2           1.43",
      "     100.000 0.400000000000          2           1.67",
      "     100.000 0.500000000000          2           2.00",
      "     200.000 0.550000000000          3           2.22",
      "     200.000 0.600000000000          3           2.50",
      "     200.000 0.650000000000          3           2.86",
      "     200.000 0.700000000000          3           3.33",
      "     200.000 0.750000000000          3           4.00",
      "     300.000 0.775000000000          4           4.44",
      "     300.000 1.000000000000          4",
      "#[Mean    =      175.000, StdDeviation   =       82.916]",
      "#[Max     =      300.000, Total count    =            4]",
      "",
    ]);
    expect(totalCount(histogram)).toBe(4);
  });

  it("stays readable when no probe came back", () => {
    expect(toHgrm(EMPTY_HISTOGRAM)).toContain("Total count    =            0");
  });
});
