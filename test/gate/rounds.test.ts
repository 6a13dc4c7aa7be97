import { describe, expect, it } from "vitest";
import { judge } from "../../src/gate/judge.js";
import { gateInRounds, judgeRuns, type JudgeOptions } from "../../src/gate/rounds.js";
import { seededRandom } from "../../src/statistics/random.js";
import { drawnSet, normal, point, RULE, sampleSet } from "./sets.js";
import type { SampleSet, SampleSets } from "../../src/gate/samples.js";
import type { GateRule } from "../../src/suite/model.js";

const baseline = drawnSet({ seed: 1, trials: 20, noise: 0.005 });

/** Runs of ten seconds each, on a clock that they drive. */
async function rounds(budgetSeconds: number, sets: readonly SampleSet[]) {
  let [clock, next] = [0, 0];
  const measure = async (): Promise<SampleSet> => {
    clock += 10;
    const set = sets[next++];
    if (set === undefined) throw new Error("one run more than was foreseen");
    return set;
  };
  const { judgement, runs } = await gateInRounds({
    baseline: [baseline],
    rules: [RULE],
    measure,
    budgetSeconds,
    now: () => clock,
  });
  return { outcome: judgement.outcome, runs: runs.length, reasons: judgement.checks.map(({ reason }) => reason) };
}

/** Of themselves too few to be sure of anything. */
const few = (seed: number, factor = 1) => drawnSet({ seed, trials: 1, noise: 0.005, factor: () => factor });

describe("gateInRounds", () => {
  it("measures again until the trials decide", async () => {
    const more = drawnSet({ seed: 3, trials: 8, noise: 0.005 });
    expect(await rounds(1000, [few(2), more])).toMatchObject({ outcome: "passed", runs: 2 });
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
    const disturbed = drawnSet({ seed: 2, trials: 20, noise: 0.005, factor: () => 0.8, run: "disturbed" });
    const quiet = drawnSet({ seed: 3, trials: 5, noise: 0.005, run: "quiet" });
    expect(await rounds(25, [disturbed, quiet])).toEqual({
      outcome: "inconclusive",
      runs: 2,
      reasons: ["Not confirmed: quiet alone does not show it."],
    });
  });

  it("measures only the points again that have not passed, and holds on to those that have", async () => {
    const two = drawnSet({ seed: 1, points: 2, trials: 20, noise: 0.005 });
    const [calm, noisy] = [
      drawnSet({ seed: 2, points: 1, trials: 20, noise: 0.005 }),
      drawnSet({ seed: 3, points: 2, trials: 1 }),
    ];
    const asked: (readonly string[] | undefined)[] = [];
    const { judgement } = await gateInRounds({
      baseline: [two],
      rules: [RULE],
      measure: async (points) => {
        asked.push(points && [...points]);
        if (points === undefined) return { ...calm, points: [...calm.points, ...noisy.points.slice(1)] };
        const more = drawnSet({ seed: 4, points: 2, trials: 20, noise: 0.005 });
        return { ...more, points: more.points.slice(1) };
      },
      budgetSeconds: 1000,
      now: () => asked.length * 400, // so that it ends if it never passes
    });
    expect(asked).toEqual([undefined, ["p1"]]);
    expect(judgement.outcome).toBe("passed");
    expect(judgement.checks.map(({ candidate }) => candidate.n)).toEqual([20, 21]);
  });

  it("does not try again what is gone from the suite", async () => {
    let clock = 0;
    const two = drawnSet({ seed: 1, points: 2, trials: 20, noise: 0.005 });
    const measure = () => Promise.resolve(drawnSet({ seed: 2, points: 1, trials: 20, noise: 0.005 }));
    const rounds = { baseline: [two], rules: [RULE], measure, budgetSeconds: 1000, now: () => (clock += 400) } as const;
    const { judgement, runs } = await gateInRounds(rounds);
    expect([judgement.outcome, runs.length]).toEqual(["inconclusive", 1]);
  });

  it("does not try again what is broken or was stopped", async () => {
    const broken = sampleSet([point(0, {}, { status: "failed", reason: "The agent died." })]);
    expect(await rounds(1000, [broken])).toMatchObject({ outcome: "broken", runs: 1 });
    expect(await rounds(1000, [{ ...few(2), outcome: "interrupted" }])).toMatchObject({ runs: 1 });
  });
});

describe("judgeRuns", () => {
  it("takes the trials of all runs together", () => {
    const { checks } = judgeRuns([baseline], [few(2), few(3), few(4)], [RULE]);
    expect(checks[0]).toMatchObject({ candidate: { n: 3 }, outcome: "passed" });
  });
});

describe("a baseline of several runs", () => {
  /** Runs of one build that differ by 3 % (deviation), their trials by 1 %. */
  const runsOf = (count: number, random: () => number, factor = 1): SampleSets => {
    const [first, ...others] = Array.from({ length: count }, () => {
      const level = factor * Math.exp(0.03 * normal(random));
      return drawnSet({ seed: Math.floor(random() * 2 ** 32), noise: 0.01, factor: () => level });
    });
    return [first!, ...others];
  };

  /** Share of gates of one new run that regressed, of 300. */
  const regressed = (baselineRuns: number, factor: number, rule: GateRule, floor?: JudgeOptions["floor"]): number => {
    const random = seededRandom(baselineRuns);
    const gates = Array.from({ length: 300 }, () =>
      judgeRuns(runsOf(baselineRuns, random), runsOf(1, random, factor), [rule], { floor }),
    );
    return gates.filter(({ outcome }) => outcome === "regressed").length / gates.length;
  };

  const narrow = { ...RULE, worseBy: 0 };

  it("takes no run of the same build for a regression more often than the rule says, as trials alone do", () => {
    // 1 % and three standard errors of 300 gates.
    for (const runs of [2, 10]) expect(regressed(runs, 1, narrow)).toBeLessThan(0.028);
    const random = seededRandom(1);
    const byTrials = Array.from({ length: 300 }, () => judge(runsOf(1, random)[0], runsOf(1, random)[0], [narrow]));
    expect(byTrials.filter(({ outcome }) => outcome === "regressed").length).toBeGreaterThan(60);
  });

  it("lets the noise floor of the host do that for a single run", () => {
    const floor = { forwarding_rate: { deviation: 0.03, freedom: 15 } };
    expect(regressed(1, 1, narrow, floor)).toBeLessThan(0.028);
    expect(regressed(1, 0.75, RULE, floor)).toBeGreaterThan(0.9);
  });

  it("finds what differs by more than runs do, and says what it went by", () => {
    expect(regressed(10, 0.8, RULE)).toBeGreaterThan(0.9);
    const random = seededRandom(5);
    const checkOf = (runs: number) => judgeRuns(runsOf(runs, random), runsOf(1, random), [RULE]).checks[0];
    expect(checkOf(5)).toMatchObject({ betweenRuns: "baseline", baseline: { n: 40 }, rule: RULE });
  });

  it("of one run assumes that runs differ as trials do, and half as much again", () => {
    const random = seededRandom(6);
    const outcomes = (noise: number, factor: number) =>
      Array.from({ length: 300 }, () => {
        const drawn = (level: number) => drawnSet({ seed: Math.floor(random() * 2 ** 32), noise, factor: () => level });
        return judgeRuns([drawn(1)], [drawn(factor * Math.exp(noise * normal(random)))], [RULE]).checks[0];
      });
    const share = (checks: ReturnType<typeof outcomes>, outcome: string) =>
      checks.filter((check) => check?.outcome === outcome).length / checks.length;
    expect(share(outcomes(0.03, 0.95), "regressed")).toBeLessThan(0.028);
    expect(share(outcomes(0.03, 0.7), "regressed")).toBeGreaterThan(0.9);
    expect(share(outcomes(0.003, 0.89), "regressed")).toBeGreaterThan(0.9);
    expect(share(outcomes(0.003, 1), "passed")).toBeGreaterThan(0.9);
    expect(outcomes(0.03, 1)[0]).toMatchObject({ betweenRuns: "trials" });
  });

  it("assumes nothing of what is the same in every trial, such as memory", () => {
    const memory = (value: number) =>
      [sampleSet([point(0, { cycles_per_frame: Array<number>(8).fill(value) })])] as const;
    const rule = { ...RULE, metric: "cycles_per_frame" };
    expect(judgeRuns(memory(100), memory(106), [rule]).outcome).toBe("regressed");
    expect(judgeRuns(memory(100), memory(104), [rule]).outcome).toBe("passed");
  });

  it("still passes a loss of nothing that stays one", () => {
    const none = sampleSet([point(0, { loss_ratio: [0, 0, 0, 0, 0, 0] })]);
    const rule = { ...RULE, metric: "loss_ratio" };
    expect(judgeRuns([none, none], [none], [rule]).outcome).toBe("passed");
  });
});
