import { describe, expect, it } from "vitest";
import { gateInRounds, judgeRuns } from "../../src/gate/rounds.js";
import { drawnSet, point, RULE, sampleSet } from "./sets.js";
import type { SampleSet } from "../../src/gate/samples.js";

const baseline = drawnSet({ seed: 1, trials: 20 });

/** Runs of ten seconds each, on a clock that they drive. */
async function rounds(budgetSeconds: number, sets: readonly SampleSet[]) {
  let [clock, next] = [0, 0];
  const measure = async (): Promise<SampleSet> => {
    clock += 10;
    const set = sets[next++];
    if (set === undefined) throw new Error("one run more than was foreseen");
    return set;
  };
  const { judgement, runs } = await gateInRounds({ baseline, rules: [RULE], measure, budgetSeconds, now: () => clock });
  return { outcome: judgement.outcome, runs: runs.length, reasons: judgement.checks.map(({ reason }) => reason) };
}

const few = (seed: number, factor = 1) => drawnSet({ seed, trials: 3, factor: () => factor });

describe("gateInRounds", () => {
  it("measures again until the trials decide", async () => {
    expect(await rounds(1000, [few(2), few(3)])).toMatchObject({ outcome: "passed", runs: 2 });
  });

  it("starts no run that the budget does not cover", async () => {
    expect(await rounds(0, [few(2)])).toMatchObject({ outcome: "inconclusive", runs: 1 });
    expect(await rounds(19, [few(2)])).toMatchObject({ outcome: "inconclusive", runs: 1 });
  });

  it("confirms a regression by a fresh run", async () => {
    const slow = (seed: number) => drawnSet({ seed, factor: () => 0.85 });
    expect(await rounds(1000, [slow(2), slow(3)])).toMatchObject({ outcome: "regressed", runs: 2 });
    expect(await rounds(0, [slow(2)])).toMatchObject({ outcome: "regressed", runs: 1 });
  });

  it("lets no run that was disturbed fail the gate on its own", async () => {
    const disturbed = drawnSet({ seed: 2, trials: 20, factor: () => 0.8, run: "disturbed" });
    const quiet = drawnSet({ seed: 3, trials: 5, run: "quiet" });
    expect(await rounds(25, [disturbed, quiet])).toEqual({
      outcome: "inconclusive",
      runs: 2,
      reasons: ["Not confirmed: quiet alone does not show it."],
    });
  });

  it("does not try again what is broken or was stopped", async () => {
    const broken = sampleSet([point(0, {}, { status: "failed", reason: "The agent died." })]);
    expect(await rounds(1000, [broken])).toMatchObject({ outcome: "broken", runs: 1 });
    expect(await rounds(1000, [{ ...few(2), outcome: "interrupted" }])).toMatchObject({ runs: 1 });
  });
});

describe("judgeRuns", () => {
  it("takes the trials of all runs together", () => {
    const { checks } = judgeRuns(baseline, [few(2), few(3), few(4)], [RULE]);
    expect(checks[0]).toMatchObject({ candidate: { n: 9 }, outcome: "passed" });
  });
});
