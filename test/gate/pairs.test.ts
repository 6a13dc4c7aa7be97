import { describe, expect, it } from "vitest";
import { gateInPairs, judgePairs, type RunPair, type RunPairs } from "../../src/gate/pairs.js";
import { seededRandom } from "../../src/statistics/random.js";
import { drawnSet, point, RULE, sampleSet } from "./sets.js";
import type { SampleSet } from "../../src/gate/samples.js";

/** Pairs on a host whose speed wanders by far more than the builds differ. */
function pairsOf(count: number, factor: number, noise = 0.01): RunPairs {
  const pairs = Array.from({ length: count }, (_, index): RunPair => {
    const host = 1 + 0.5 * Math.sin(index);
    const side = (seed: number, own: number) => drawnSet({ seed, trials: 1, noise, factor: () => host * own });
    return { baseline: side(2 * index + 1, 1), candidate: side(2 * index + 2, factor) };
  });
  return pairs as unknown as RunPairs;
}

/** A pair of which the candidate is worse by just what {@link RULE} allows, in a noise of 10 %. */
function atTheLimit(random: () => number): RunPair {
  const noise = Math.exp(0.1 * (2 * random() - 1));
  const side = (rate: number) => sampleSet([point(0, { forwarding_rate: [rate] })]);
  return { baseline: side(1), candidate: side(0.95 * noise) };
}

describe("two builds side by side", () => {
  it("are told apart although the host drifts by far more than they differ", () => {
    expect(judgePairs(pairsOf(12, 0.9), [RULE])).toMatchObject({
      outcome: "regressed",
      checks: [{ metric: { name: "forwarding_rate" }, superiority: 0, baseline: { n: 12 } }],
    });
    const [check] = judgePairs(pairsOf(12, 0.9), [RULE]).checks;
    expect(check?.ratio?.ratio).toBeCloseTo(0.9, 2);
  });

  it("pass where they are alike, and one that became better is no regression", () => {
    expect(judgePairs(pairsOf(12, 1), [RULE]).outcome).toBe("passed");
    expect(judgePairs(pairsOf(12, 1.2), [RULE]).outcome).toBe("passed");
    expect(judgePairs(pairsOf(12, 1.2), [{ ...RULE, metric: "cycles_per_frame" }]).outcome).toBe("passed");
    expect(judgePairs(pairsOf(12, 0.8), [{ ...RULE, metric: "cycles_per_frame" }]).outcome).toBe("regressed");
  });

  it("are left open by few pairs, which is said with how many it takes", () => {
    const { outcome, checks } = judgePairs(pairsOf(5, 0.5), [RULE]);
    expect(outcome).toBe("inconclusive");
    expect(checks[0]?.reason).toBe("Too few pairs: 5; 1 comparisons at once need 7 to find anything.");
  });

  it("do not count pairs of which the host was in two states", () => {
    const state = (handOverNs: number) => ({ here: { workNs: 2, handOverNs } });
    const [first, ...others] = pairsOf(12, 0.5).map(({ baseline, candidate }, index) => {
      return {
        baseline: { ...baseline, state: state(50) },
        candidate: { ...candidate, state: state(index < 6 ? 50 : 400) },
      };
    });
    expect(judgePairs([first!, ...others], [RULE]).outcome).toBe("inconclusive");
  });

  it("are broken by a point whose trials all failed, and open where a value is 0 in both", () => {
    const failed = sampleSet([point(0, {}, { status: "failed", reason: "It crashed." })]);
    const broken = pairsOf(8, 1).map(({ baseline }) => ({ baseline, candidate: failed })) as unknown as RunPairs;
    expect(judgePairs(broken, [RULE])).toMatchObject({ outcome: "broken", checks: [{ reason: "It crashed." }] });
    const lossless = sampleSet([point(0, { loss_ratio: [0] })]);
    const zero = Array.from({ length: 8 }, () => ({ baseline: lossless, candidate: lossless })) as unknown as RunPairs;
    expect(judgePairs(zero, [{ ...RULE, metric: "loss_ratio" }]).outcome).toBe("passed");
  });
});

describe("a gate in pairs", () => {
  const play = (factor: number, noise: number, budgetSeconds: number) => {
    const all = pairsOf(64, factor, noise);
    let clock = 0;
    return gateInPairs({
      rules: [RULE],
      pairs: 64,
      budgetSeconds,
      now: () => clock,
      measure: async (index) => {
        clock += 1;
        return all[index]!;
      },
    });
  };

  it("ends after the first quarters of its pairs if they decide, and after all of them if they do not", async () => {
    expect((await play(0.5, 0.01, 100)).pairs).toHaveLength(32);
    expect((await play(0.95, 0.1, 100)).pairs).toHaveLength(64);
  });

  it("goes on with the points that are open, and holds on to those that passed", async () => {
    const quiet = pairsOf(64, 1, 0.001);
    const noisy = pairsOf(64, 1, 0.1);
    const asked: string[] = [];
    const { judgement } = await gateInPairs({
      rules: [{ ...RULE, worseBy: 0.02 }],
      pairs: 64,
      budgetSeconds: 100,
      now: () => 0,
      measure: async (index, points) => {
        asked.push(points === undefined ? "all" : [...points].join());
        const both = (side: "baseline" | "candidate"): SampleSet => {
          const [first] = quiet[index]![side].points;
          const second = { ...noisy[index]![side].points[0]!, id: "p1" };
          return { ...quiet[index]![side], points: points === undefined ? [first!, second] : [second] };
        };
        return { baseline: both("baseline"), candidate: both("candidate") };
      },
    });
    expect([...new Set(asked)]).toEqual(["all", "p0,p1", "p1"]);
    expect(judgement.checks[0]).toMatchObject({ point: { id: "p0" }, outcome: "passed" });
  });

  it("ends with the pairs that there are when a run is stopped", async () => {
    const [pair] = pairsOf(1, 1);
    const stopped = { ...pair, candidate: { ...pair.candidate, outcome: "interrupted" as const } };
    const measure = () => Promise.resolve(stopped);
    const { pairs } = await gateInPairs({ rules: [RULE], pairs: 16, budgetSeconds: 100, now: () => 0, measure });
    expect(pairs).toHaveLength(1);
  });

  it("begins no quarter that the budget does not cover, and is as sharp at its end as if it had planned no more", async () => {
    const { pairs, judgement } = await play(0.5, 0.01, 16);
    expect(pairs).toHaveLength(16);
    expect(judgement.outcome).toBe("regressed");
  });

  it("asks for more certainty at an early look than at the last", () => {
    const open = pairsOf(9, 0.5);
    expect(judgePairs(open, [RULE]).outcome).toBe("regressed");
    expect(judgePairs(open, [RULE], { from: 0, to: 0.25 }).outcome).toBe("inconclusive");
  });

  it("raises a false alarm as seldom as its rule says, however often it looks, and passes what is worse as seldom", async () => {
    const rule = { ...RULE, worseBy: 0.05, confidence: 0.9 };
    const random = seededRandom(7);
    const shares = { regressed: 0, passed: 0 };
    const gates = 1000;
    for (let gate = 0; gate < gates; gate += 1) {
      const measure = async (): Promise<RunPair> => atTheLimit(random);
      const budgetSeconds = Number.POSITIVE_INFINITY;
      const { judgement } = await gateInPairs({ rules: [rule], pairs: 24, budgetSeconds, now: () => 0, measure });
      if (judgement.outcome === "regressed" || judgement.outcome === "passed") shares[judgement.outcome] += 1 / gates;
    }
    // 10 % and three standard errors; looking four times at 10 % each gives 19 %.
    expect(shares.regressed).toBeLessThan(0.129);
    expect(shares.passed).toBeLessThan(0.129);
    expect(shares.regressed).toBeGreaterThan(0.04);
  });
});
