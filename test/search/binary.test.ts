import { describe, expect, it } from "vitest";
import { binarySearch, type BinaryOptions } from "../../src/search/binary.js";
import { alwaysLoses, deterministic, hiccups, inverted, neverLoses, noisy, runSearch, type Dut } from "./duts.js";

const OPTIONS: BinaryOptions = {
  range: { min: 1e3, max: 20e6 },
  durationSeconds: 60,
  lossRatio: 0,
  attempts: 1,
  width: 0.01,
  budget: { trials: 100, seconds: 1e6 },
};

function search(dut: Dut, changes: Partial<BinaryOptions> = {}) {
  const { verdicts, ...rest } = runSearch(binarySearch({ ...OPTIONS, ...changes }), dut);
  return { verdict: verdicts[0]!, ...rest };
}

describe("a binary search (RFC 2544, section 26.1)", () => {
  it.each([5e3, 1e6, 7.77e6, 19.9e6])("finds a capacity of %d to within the width", (capacity) => {
    const { verdict } = search(deterministic(capacity));
    expect(verdict.outcome).toBe("found");
    expect(verdict.lower).toBeLessThanOrEqual(capacity);
    expect(verdict.upper).toBeGreaterThan(capacity);
    expect(verdict.upper! - verdict.lower!).toBeLessThanOrEqual(0.01 * verdict.upper! * 1.001);
    expect(verdict.throughput).toBe(verdict.lower);
  });

  it("counts a capacity that it hits exactly as carried", () => {
    expect(search(deterministic(10e6), { range: { min: 1, max: 10e6 } }).verdict).toMatchObject({
      outcome: "above-max",
    });
  });

  it("says so when the DUT never loses, after one trial", () => {
    const { verdict, history } = search(neverLoses);
    expect(verdict).toMatchObject({ outcome: "above-max", lower: 20e6, throughput: 20e6 });
    expect(verdict.upper).toBeUndefined();
    expect(history).toHaveLength(1);
  });

  it("says so when the DUT always loses, after two trials", () => {
    const { verdict, history } = search(alwaysLoses);
    expect(verdict).toMatchObject({ outcome: "below-min", upper: 1e3 });
    expect(verdict.throughput).toBeUndefined();
    expect(history).toHaveLength(2);
  });

  it("says what it knows when trials or seconds are used up", () => {
    const trials = search(deterministic(7e6), { budget: { trials: 4, seconds: 1e6 } });
    expect(trials.verdict).toMatchObject({ outcome: "out-of-budget", lower: 5_000_750, upper: 10_000_500 });
    const seconds = search(deterministic(7e6), { budget: { trials: 100, seconds: 150 } });
    expect(seconds.history).toHaveLength(2);
    expect(seconds.verdict.outcome).toBe("out-of-budget");
  });

  it("ends, with bounds of loads that it tried, however much the capacity jumps", () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const { verdict, history } = search(noisy(8e6, 0.3, seed));
      expect(verdict.outcome).toBe("found");
      expect(history.map(({ load }) => load)).toContain(verdict.lower);
    }
  });

  it("takes a loss within the ratio as carried, and reports what was forwarded", () => {
    const { verdict } = search(deterministic(10e6), { lossRatio: 0.02 });
    expect(verdict.lower).toBeGreaterThan(10e6);
    expect(verdict.throughput).toBeCloseTo(10e6, -3);
  });

  it("stays on one side of a loss inversion that it meets", () => {
    const { verdict } = search(inverted(12e6, 4.9e6, 5.1e6));
    expect(verdict.outcome).toBe("found");
    expect(verdict.inverted).toBe(false);
  });
});

describe("loss verification (ETSI GS NFV-TST 009, clause 12.3.3)", () => {
  it("repeats a trial with loss, and no other", () => {
    const { history } = search(deterministic(7e6), { attempts: 2 });
    const repeats = (load: number): number => history.filter((trial) => trial.load === load).length;
    for (const { load } of history) expect(repeats(load)).toBe(load > 7e6 ? 2 : 1);
  });

  it("finds the capacity of a DUT with hiccups, which plain binary search misses", () => {
    const errors = (attempts: number): number[] =>
      Array.from({ length: 100 }, (_, seed) => {
        const { verdict } = search(hiccups(8e6, 0.1, seed), { attempts });
        return Math.abs(1 - (verdict.lower ?? 0) / 8e6);
      });
    const missed = (attempts: number): number => errors(attempts).filter((error) => error > 0.01).length;
    expect(missed(3)).toBeLessThan(5);
    expect(missed(1)).toBeGreaterThan(25);
  });
});
