import { describe, expect, it } from "vitest";
import { binarySearch } from "../../src/search/binary.js";
import { mlrSearch, type MlrOptions } from "../../src/search/mlrsearch.js";
import { alwaysLoses, deterministic, hiccups, inverted, neverLoses, noisy, runSearch, type Dut } from "./duts.js";
import type { SearchGoal } from "../../src/search/goal.js";

/** RFC 9971, "MLRsearch Compliant with RFC 2544". */
const RFC2544: SearchGoal = {
  lossRatio: 0,
  exceedRatio: 0,
  finalTrialSeconds: 60,
  durationSumSeconds: 60,
  initialTrialSeconds: 1,
  width: 0.01,
};
/** RFC 9971, "MLRsearch Compliant with TST009". */
const TST009: SearchGoal = { ...RFC2544, durationSumSeconds: 120, exceedRatio: 0.5 };
/** As FD.io CSIT has it: many short trials, and half of them may lose more. */
const MANY_SHORT: SearchGoal = { ...RFC2544, finalTrialSeconds: 1, durationSumSeconds: 21, exceedRatio: 0.5 };
const PARTIAL: SearchGoal = { ...MANY_SHORT, lossRatio: 0.005 };

const range = { min: 1e3, max: 20e6 };
const budget = { trials: 2000, seconds: 1e6 };

function search(dut: Dut, goal: SearchGoal, changes: Partial<MlrOptions> = {}) {
  const { verdicts, ...rest } = runSearch(mlrSearch({ range, goals: [goal], budget, ...changes }), dut);
  return { verdict: verdicts[0]!, ...rest };
}

const CAPACITIES = [5e3, 1e6, 7.77e6, 19.8e6];

describe("MLRsearch", () => {
  it.each(CAPACITIES)("finds a capacity of %d to within the width of each goal", (capacity) => {
    for (const goal of [RFC2544, TST009, MANY_SHORT, PARTIAL]) {
      const { verdict } = search(deterministic(capacity), goal);
      expect(verdict.outcome).toBe("found");
      expect(verdict.upper! - verdict.lower!).toBeLessThanOrEqual(goal.width * verdict.upper! * 1.001);
      expect(verdict.lower! * (1 - goal.lossRatio)).toBeLessThanOrEqual(capacity * 1.000001);
      expect(verdict.upper! * (1 - goal.lossRatio)).toBeGreaterThanOrEqual(capacity * 0.999999);
      expect(verdict.throughput).toBeLessThanOrEqual(capacity * 1.000001);
    }
  });

  it("needs fewer simulated seconds than a binary search with the same width", () => {
    for (const capacity of CAPACITIES) {
      const dut = deterministic(capacity);
      const binary = binarySearch({ range, durationSeconds: 60, lossRatio: 0, attempts: 1, width: 0.01, budget });
      expect(search(dut, RFC2544).seconds).toBeLessThan(runSearch(binary, dut).seconds / 2);
    }
  });

  it("lets only a trial of full length show that a load is carried", () => {
    const { verdict, history } = search(deterministic(7e6), RFC2544);
    const atLower = history.filter(({ load }) => load === verdict.lower);
    expect(atLower.some(({ durationSeconds }) => durationSeconds === 60)).toBe(true);
  });

  it("says so when the DUT never loses", () => {
    const { verdict } = search(neverLoses, RFC2544);
    expect(verdict).toMatchObject({ outcome: "above-max", lower: 20e6, throughput: 20e6 });
  });

  it("says so when the DUT always loses, and stays within the range", () => {
    for (const goal of [RFC2544, TST009, MANY_SHORT]) {
      const { verdict, history } = search(alwaysLoses, goal);
      expect(verdict).toMatchObject({ outcome: "below-min", upper: 1e3 });
      expect(Math.min(...history.map(({ load }) => load))).toBe(1e3);
    }
  });

  it("says what it knows when trials or seconds are used up", () => {
    for (const few of [
      { trials: 5, seconds: 1e6 },
      { trials: 1000, seconds: 70 },
    ]) {
      const { verdict, history, seconds } = search(deterministic(7e6), TST009, { budget: few });
      expect(verdict.outcome).toBe("out-of-budget");
      expect(history.length).toBeLessThanOrEqual(few.trials);
      expect(seconds).toBeLessThanOrEqual(few.seconds);
    }
  });

  it("ends for a noisy DUT, within the noise", () => {
    for (let seed = 0; seed < 50; seed += 1) {
      for (const goal of [RFC2544, TST009, MANY_SHORT]) {
        const { verdict } = search(noisy(8e6, 0.1, seed), goal);
        expect(verdict.outcome).toBe("found");
        expect(verdict.lower).toBeGreaterThan(8e6 * 0.85);
        expect(verdict.lower).toBeLessThan(8e6 * 1.1);
      }
    }
  });

  it("finds the capacity of a DUT with hiccups where the goal tolerates some", () => {
    const missed = Array.from({ length: 50 }, (_, seed) => search(hiccups(8e6, 0.1, seed), MANY_SHORT).verdict).filter(
      ({ lower }) => Math.abs(1 - (lower ?? 0) / 8e6) > 0.011,
    );
    expect(missed).toEqual([]);
  });

  it("ends when losses are inverted, at a load that was carried", () => {
    const { verdict, history } = search(inverted(12e6, 4e6, 4.5e6), RFC2544);
    expect(verdict.outcome).toBe("found");
    expect(history.filter(({ load }) => load === verdict.lower).some(({ lossRatio }) => lossRatio === 0)).toBe(true);
  });

  it("stays below the smallest load with loss, and says that a larger one was carried", () => {
    const losing = (load: number): number => (load < 6e6 ? 0 : load < 7e6 ? 0.001 : load < 8e6 ? 0 : 0.2);
    const trial = (load: number) => ({ load, durationSeconds: 60, lossRatio: losing(load), seconds: 60 });
    const known = [20e6, 5.99e6, 6.01e6, 7.5e6].map(trial);
    const step = mlrSearch({ range, goals: [{ ...RFC2544, initialTrialSeconds: 60 }], budget })(known);
    expect(step).toMatchObject({ type: "end" });
    expect(step.type === "end" && step.verdicts[0]).toMatchObject({
      outcome: "found",
      lower: 5.99e6,
      upper: 6.01e6,
      inverted: true,
    });
  });

  it("finds a DUT that fails only in long trials, without going down in single steps", () => {
    const leaks: Dut = ({ load, durationSeconds }) => Math.max(0, 1 - (durationSeconds > 10 ? 3e6 : 9e6) / load);
    const { verdict, history } = search(leaks, RFC2544);
    expect(verdict.outcome).toBe("found");
    expect(verdict.lower).toBeLessThanOrEqual(3e6);
    expect(verdict.upper).toBeGreaterThan(3e6);
    expect(history.filter(({ durationSeconds }) => durationSeconds === 60).length).toBeLessThan(20);
  });

  it("finds several goals with the trials of all of them", () => {
    const goals = [
      { ...MANY_SHORT, width: 0.005 },
      { ...PARTIAL, width: 0.005 },
    ];
    const dut = deterministic(8e6);
    const { verdicts, seconds } = runSearch(mlrSearch({ range, goals, budget }), dut);
    const apart = goals.reduce((sum, goal) => sum + search(dut, goal).seconds, 0);
    expect(verdicts.map(({ outcome }) => outcome)).toEqual(["found", "found"]);
    expect(verdicts[1]!.lower).toBeGreaterThan(verdicts[0]!.lower!);
    expect(seconds).toBeLessThan(apart);
  });
});
