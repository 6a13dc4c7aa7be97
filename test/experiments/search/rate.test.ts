/** Whole searches as trials: what they report of a DUT that is simulated, and of one that is real. */
import { describe, expect, it } from "vitest";
import { withLocalAgent } from "../../../src/agent/once.js";
import { conntrack } from "../../../src/experiments/conntrack.js";
import { forwarding } from "../../../src/experiments/forwarding.js";
import { forwardingParameters } from "../../../src/experiments/forwarding/parameters.js";
import { lossOf } from "../../../src/experiments/search/measurement.js";
import { expectedMeasurements, searchRate } from "../../../src/experiments/search/rate.js";
import { contextOf, RATE_MAX, simulated } from "./simulated.js";
import type { AgentHandle, Experiment } from "../../../src/experiments/experiment.js";

const within = { min_rate: "10kpps", max_rate: "20Mpps" };

describe("a trial that searches", () => {
  it.each(["mlrsearch", "rfc2544", "tst009"])(
    "reports the throughput that %s finds, and what it took",
    async (method) => {
      const { measure, asked } = simulated(8e6);
      const { status, flags, metrics, notes } = await searchRate(contextOf({ ...within, method }), measure);
      expect({ status, flags }).toEqual({ status: "ok", flags: [] });
      expect(metrics["throughput"]).toBeLessThanOrEqual(8e6);
      expect(metrics["throughput"]).toBeGreaterThan(8e6 * 0.99);
      expect(metrics["loss_ratio"]).toBe(0);
      expect(metrics["intended_rate"]).toBe(notes?.["highest rate carried"]);
      expect(metrics["search_trials"]).toBe(asked.length);
      expect(notes?.["search"]).toBe(`${method}: found`);
    },
  );

  it("calls its result conditional where it lets frames be lost", async () => {
    const { metrics } = await searchRate(contextOf({ ...within, loss_ratio: "1%" }), simulated(8e6).measure);
    expect(metrics["throughput"]).toBeUndefined();
    expect(metrics["conditional_throughput"]).toBeGreaterThan(8e6 * 0.98);
    expect(metrics["conditional_throughput"]).toBeLessThanOrEqual(8e6 * 1.000001);
  });

  it("looks for the highest rate itself where none is given", async () => {
    const { measure, asked } = simulated(4e6);
    const { metrics } = await searchRate(contextOf({}), measure);
    expect(asked.slice(0, 2).map(({ rate }) => rate)).toEqual(["max", RATE_MAX * 1.25]);
    expect(metrics["throughput"]).toBeGreaterThan(4e6 * 0.99);
  });

  it("measures latency at a share of the throughput when asked to", async () => {
    const { measure, asked } = simulated(8e6);
    const { metrics } = await searchRate(contextOf({ ...within, measure_at: "50%" }), measure);
    expect(asked.at(-1)).toEqual({ rate: metrics["throughput"]! / 2, durationSeconds: 2 });
    expect(metrics["intended_rate"]).toBe(metrics["throughput"]! / 2);
  });

  it("measures for longer when asked to, and says how long CPU time could be stolen", async () => {
    const { measure, asked } = simulated(8e6);
    const { environment } = await searchRate(contextOf({ ...within, measure_for: "10min" }), measure);
    expect(asked.at(-1)?.durationSeconds).toBe(600);
    expect(asked.filter(({ durationSeconds }) => durationSeconds > 2)).toHaveLength(1);
    expect(environment?.seconds).toBe(600);
  });

  it("takes longer by what it measures beyond the search", () => {
    const expected = (search: Record<string, unknown>) => expectedMeasurements(contextOf(search).point, 2);
    expect(expected({ measure_for: "10min" }) - expected({})).toBe(300);
    expect(expected({ back_to_back: {} })).toBeGreaterThan(expected({}));
    expect(expectedMeasurements(forwardingParameters.parse({}), 2)).toBe(1);
  });

  it("is suspect, and says why, where the DUT never or always loses, or its trials are used up", async () => {
    const never = await searchRate(contextOf(within), simulated(1e9).measure);
    expect(never).toMatchObject({ status: "suspect", flags: ["never-loses"], metrics: { throughput: 20e6 } });
    const always = await searchRate(contextOf(within), simulated(100).measure);
    expect(always).toMatchObject({ status: "suspect", flags: ["always-loses"] });
    expect(always.metrics["throughput"]).toBeUndefined();
    const spent = await searchRate(contextOf({ ...within, max_trials: 4 }), simulated(8e6).measure);
    expect(spent.flags).toContain("search-not-converged");
    expect(spent.reason).toContain("used up");
  });

  it("is suspect when it was the generator that could not go on", async () => {
    const limited = simulated(1e9, (rate) =>
      rate <= 8e6 ? {} : { generatorLimited: true, frames: { sent: 16e6, received: 16e6, drops: [] } },
    );
    const { metrics, flags } = await searchRate(contextOf(within), limited.measure);
    expect(metrics["throughput"]).toBeLessThanOrEqual(8e6);
    expect(flags).toEqual(["generator-limited"]);
  });

  it("shows CPU time that was stolen at either bound", async () => {
    const disturbed = simulated(8e6, (rate) => (rate > 8e6 ? { environment: { stealSeconds: 0.7 } } : {}));
    const { environment } = await searchRate(contextOf(within), disturbed.measure);
    expect(environment?.stealSeconds).toBe(0.7);
  });

  it("fails at the first bad frame", async () => {
    const { measure, asked } = simulated(8e6, () => ({ badFrames: 1 }));
    expect(await searchRate(contextOf(within), measure)).toMatchObject({ status: "failed", flags: ["bad-frames"] });
    expect(asked).toHaveLength(1);
  });

  it("begins no measurement after the run was told to stop", async () => {
    const stop = new AbortController();
    const { measure, asked } = simulated(8e6, () => {
      if (asked.length === 3) stop.abort();
      return {};
    });
    await expect(searchRate(contextOf(within, stop.signal), measure)).rejects.toMatchObject({ code: "STOPPED" });
    expect(asked).toHaveLength(3);
  });
});

describe("the loss that a search sees", () => {
  const frames = { sent: 900, received: 900, drops: [] };

  it("has what a generator that could not keep its rate left out", () => {
    expect(lossOf({ frames, generatorLimited: true }, { load: 1000, durationSeconds: 1 })).toBeCloseTo(0.1, 12);
    expect(lossOf({ frames, generatorLimited: false }, { load: 901, durationSeconds: 1 })).toBe(0);
  });
});

describe("a search through an agent", () => {
  const search = { width: "20%", max_trials: 12, back_to_back: { width: "20%" } };
  const traffic = { profile: "uniform", flows: 100, rate: "search" };

  it.each([
    ["a wire", run(forwarding, { search, traffic })],
    ["a tracker", run(conntrack, { table: "cuckoo", search, traffic })],
  ] as const)("finds rate and burst that %s carries", async (_, { metrics: declared, trial }) => {
    const { status, reason, metrics } = await withLocalAgent(trial);
    expect(status, reason).not.toBe("failed");
    expect(metrics["search_trials"]).toBeGreaterThan(0);
    expect(metrics["search_trials"]).toBeLessThanOrEqual(12);
    expect(metrics["burst_rate"]).toBeGreaterThan(0);
    expect(Object.keys(metrics).filter((name) => !declared.includes(name))).toEqual([]);
  });
});

function run<P>({ parameters, metrics, runTrial }: Experiment<P>, input: unknown) {
  const times = { warmupSeconds: 0, durationSeconds: 0.05, graceSeconds: 60 };
  return {
    metrics: metrics.map(({ name }) => name),
    trial: (agent: AgentHandle) =>
      runTrial({ ...times, point: parameters.parse(input), seed: 1, roles: {}, agent: () => agent }),
  };
}
