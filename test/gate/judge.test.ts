import { describe, expect, it } from "vitest";
import { judge, leastTrials, type Outcome } from "../../src/gate/judge.js";
import { drawnSet, point, RULE, sampleSet, type Drawn } from "./sets.js";
import type { GateRule } from "../../src/suite/model.js";

/** How often each outcome came out of simulated gates of a build and a changed one. */
function outcomes(gates: number, options: Omit<Drawn, "seed">, factor: number, rule: GateRule = RULE) {
  const counts: Record<Outcome, number> = { passed: 0, regressed: 0, inconclusive: 0, broken: 0 };
  for (let gate = 0; gate < gates; gate += 1) {
    const baseline = drawnSet({ ...options, seed: 2 * gate + 1 });
    const candidate = drawnSet({ ...options, seed: 2 * gate + 2, factor: (index) => (index === 0 ? factor : 1) });
    counts[judge(baseline, candidate, [rule]).outcome] += 1;
  }
  return counts;
}

describe("a gate on simulated trials", () => {
  const quickstart = { points: 12, trials: 8, noise: 0.02 };

  it("of a build with itself raises a false alarm in at most 1 % of gates, even if no change at all is allowed", () => {
    const strictest = { ...RULE, worseBy: 0 };
    // Of 600 gates with 12 comparisons each, 6 are expected at most; 3 standard errors more are 13.
    expect(outcomes(600, quickstart, 1, strictest).regressed).toBeLessThanOrEqual(13);
    expect(outcomes(600, quickstart, 1).regressed).toBe(0);
  });

  it("finds one point of twelve that became 10 % slower in 99 % of gates, and one 5 % slower with a margin of 1 %", () => {
    expect(outcomes(300, { ...quickstart, noise: 0.01 }, 0.9).regressed).toBeGreaterThanOrEqual(297);
    const narrow = { ...RULE, worseBy: 0.01 };
    expect(outcomes(300, { ...quickstart, noise: 0.01 }, 0.95, narrow).regressed).toBeGreaterThanOrEqual(240);
  });

  it("never fails because something improved", () => {
    const { regressed, passed } = outcomes(200, quickstart, 1.3);
    expect(regressed).toBe(0);
    expect(passed).toBeGreaterThan(150);
  });

  it("seldom passes what became worse by all that the rule allows", () => {
    expect(outcomes(500, { points: 1, noise: 0.02 }, 0.95).passed).toBeLessThanOrEqual(12); // 1 % is 5
  });

  it("leaves it open where the noise is greater than the margin", () => {
    expect(outcomes(100, { points: 4, noise: 0.2 }, 1).inconclusive).toBeGreaterThan(90);
  });
});

describe("judge", () => {
  it("goes by each metric's direction: a rate that falls and a time that grows are the same regression", () => {
    const baseline = drawnSet({ seed: 1 });
    const candidate = drawnSet({ seed: 2, factor: () => 0.85 });
    const rules = [RULE, { ...RULE, metric: "cycles_per_frame" }];
    expect(judge(baseline, candidate, rules).checks).toMatchObject([
      { metric: { name: "forwarding_rate" }, outcome: "regressed", superiority: 0 },
      { metric: { name: "cycles_per_frame" }, outcome: "regressed", superiority: 0 },
    ]);
    expect(judge(candidate, baseline, rules).outcome).toBe("passed");
  });

  it("passes a loss of nothing that stays one, and fails one that appears", () => {
    const losses = (...values: number[]) => sampleSet([point(0, { loss_ratio: values })]);
    const none = losses(0, 0, 0, 0, 0, 0);
    const rule = { ...RULE, metric: "loss_ratio" };
    expect(judge(none, none, [rule]).outcome).toBe("passed");
    expect(judge(none, losses(0.1, 0.2, 0.1, 0.3, 0.1, 0.2), [rule])).toMatchObject({
      outcome: "regressed",
      checks: [{ ratio: undefined }],
    });
    expect(judge(none, losses(0, 0, 0, 0, 0, 0.1), [rule]).outcome).toBe("inconclusive");
  });

  it("says how many trials it would take where they are too few", () => {
    const few = { points: 12, trials: 3 };
    const { outcome, checks } = judge(drawnSet({ seed: 1, ...few }), drawnSet({ seed: 2, ...few }), [RULE]);
    expect(outcome).toBe("inconclusive");
    expect(checks[0]?.reason).toBe(
      "Too few trials: 3 and 3 trials; 12 comparisons at once need 7 a side to find anything.",
    );
    expect(leastTrials(0.99, 1)).toBe(5); // 1 / C(10, 5) is 0.4 %, 1 / C(8, 4) is 1.4 %
  });

  it("is broken where every trial failed, and inconclusive where none is left or the point is gone", () => {
    const baseline = drawnSet({ seed: 1, points: 2 });
    const empty = { forwarding_rate: [] };
    const against = (candidate: Parameters<typeof point>[2]) =>
      judge(baseline, sampleSet([point(0, candidate?.samples ?? empty, candidate)]), [
        { ...RULE, where: { table: "cuckoo" } },
      ]);
    expect(against({ status: "failed", reason: "The agent died." })).toMatchObject({
      outcome: "broken",
      checks: [{ reason: "The agent died." }],
    });
    const suspect = against({ status: "suspect", reason: "stolen", leftOut: { suspect: 8, failed: 0 } });
    expect(suspect.checks[0]?.reason).toBe("Every trial is suspect and left out. stolen");
    expect(against({ status: "skipped", reason: "No wire." }).checks[0]?.reason).toBe(
      "The point was skipped. No wire.",
    );
    expect(judge(baseline, sampleSet([]), [RULE])).toMatchObject({
      outcome: "inconclusive",
      checks: [{ reason: "The run does not have this point." }, { candidate: { n: 0 } }],
    });
  });

  it("holds points with other settings against each other by what is swept, and names those that are new", () => {
    const baseline = drawnSet({ seed: 1, points: 1 });
    const { points } = drawnSet({ seed: 2, points: 2 });
    const renamed = points.map((one) => ({ ...one, id: `other-${one.id}` }));
    const { checks, newPoints } = judge(baseline, sampleSet(renamed), [RULE]);
    expect(checks).toMatchObject([{ point: { id: "other-p0" }, outcome: "passed" }]);
    expect(newPoints.map(({ id }) => id)).toEqual(["other-p1"]);
  });
});
