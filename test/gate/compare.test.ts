import { describe, expect, it } from "vitest";
import { compareSets } from "../../src/gate/compare.js";
import { compareNotes } from "../../src/report/comparison/rows.js";
import { drawnSet, point, sampleSet } from "./sets.js";
import type { SampleSet } from "../../src/gate/samples.js";

const metrics = sampleSet([]).metrics;

function verdicts(first: SampleSet, ...others: SampleSet[]) {
  const comparison = compareSets(first, others, { metrics, margin: 0.02, confidence: 0.95 });
  return comparison.others.map(({ rows }) => rows.map(({ metric, verdict }) => `${metric.name} ${verdict}`));
}

describe("compareSets", () => {
  const first = drawnSet({ seed: 1, trials: 12, noise: 0.01 });
  const slower = drawnSet({ seed: 2, trials: 12, noise: 0.01, factor: () => 0.9 });

  it("says worse and better by each metric's direction", () => {
    expect(verdicts(first, slower)).toEqual([["forwarding_rate worse", "cycles_per_frame worse"]]);
    expect(verdicts(slower, first)).toEqual([["forwarding_rate better", "cycles_per_frame better"]]);
  });

  it("holds any number of runs against the first", () => {
    const same = drawnSet({ seed: 3, trials: 12, noise: 0.005 });
    expect(verdicts(same, drawnSet({ seed: 4, trials: 12, noise: 0.005 }), slower)).toEqual([
      ["forwarding_rate same", "cycles_per_frame same"],
      ["forwarding_rate worse", "cycles_per_frame worse"],
    ]);
  });

  it("says so where the hosts were in another state", () => {
    const inState = (handOverNs: number): SampleSet => ({
      ...drawnSet({ seed: handOverNs, trials: 12 }),
      state: { here: { workNs: 1000, handOverNs } },
    });
    const comparison = compareSets(inState(50), [inState(52), inState(440), first], {
      metrics,
      margin: 0.02,
      confidence: 0.95,
    });
    expect(comparison.others.map(({ sameState }) => sameState)).toEqual([true, false, true]);
    expect(compareNotes(comparison, [])).toEqual([
      expect.stringMatching(/^The host was in another state in run-440 than in the first run/),
    ]);
  });

  it("calls nothing the same that it is not sure of", () => {
    expect(verdicts(drawnSet({ seed: 1, trials: 3 }), drawnSet({ seed: 2, trials: 3 }))[0]).toEqual([
      "forwarding_rate inconclusive",
      "cycles_per_frame inconclusive",
    ]);
  });

  it("says how many trials a side it would take, where no row has them", () => {
    const options = { metrics, margin: 0.02, confidence: 0.95 };
    const few = (trials: number) =>
      compareSets(drawnSet({ seed: 1, trials }), [drawnSet({ seed: 2, trials })], options).neededTrials;
    expect(few(3)).toBe(5); // two rows, two sides each: 4 / C(8, 4) is 5.7 %, 4 / C(10, 5) is 1.6 %
    expect(few(5)).toBeUndefined();
  });

  it("calls a metric without direction higher or lower, and equal counts the same", () => {
    const flows = (...values: number[]) => sampleSet([point(0, { live_flows: values })]);
    expect(verdicts(flows(1, 2, 3, 2, 1), flows(7, 8, 9, 8, 7))).toEqual([["live_flows higher"]]);
    expect(verdicts(flows(5, 5), flows(5, 5))).toEqual([["live_flows same"]]);
  });

  it("calls rows of equal builds different in at most 5 % of tables, however many rows there are", () => {
    let alarms = 0;
    for (let table = 0; table < 400; table += 1) {
      const [a, b] = [1, 2].map((side) => drawnSet({ seed: 1000 + 2 * table + side, points: 10, noise: 0.05 }));
      const found = verdicts(a ?? first, b ?? first).flat();
      if (found.some((verdict) => /better|worse/.test(verdict))) alarms += 1;
    }
    expect(alarms).toBeLessThanOrEqual(33); // 20, and three standard errors
  });

  it("lists what only one has, and what else differs", () => {
    const other = { ...drawnSet({ seed: 2, points: 2 }), settings: { capacity: 4 } };
    const { others, settings, environment } = compareSets(first, [other], { metrics, margin: 0.02, confidence: 0.95 });
    expect(others[0]?.onlyOther.map(({ id }) => id)).toEqual(["p1"]);
    expect(settings).toEqual([{ name: "capacity", values: ["0", "4"] }]);
    expect(environment).toEqual([]);
  });
});
