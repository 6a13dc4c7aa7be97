/** Whole searches as trials: what they report of a DUT that is simulated, and of one that is real. */
import { describe, expect, it } from "vitest";
import { withLocalAgent } from "../../src/agent/once.js";
import { forwarding } from "../../src/experiments/forwarding.js";
import { forwardingParameters } from "../../src/experiments/forwarding/parameters.js";
import { lossOf, searchRate, type Measure } from "../../src/experiments/forwarding/search.js";
import { result } from "./forwarding_sample.js";
import type { ForwardingTrialResult } from "../../src/agent/protocol.js";

const RATE_MAX = 5e6;

/** A DUT that forwards `capacity` frames/s, and what else its measurements say. */
function simulated(capacity: number, changes: (rate: number) => Partial<ForwardingTrialResult> = () => ({})) {
  const rates: (number | "max")[] = [];
  const measure: Measure = async (rate, durationSeconds) => {
    rates.push(rate);
    const load = rate === "max" ? RATE_MAX : rate;
    const sent = Math.round(load * durationSeconds);
    const received = Math.min(sent, Math.round(capacity * durationSeconds));
    const drops = [{ place: "wire to dut", cause: "ring full", frames: sent - received }];
    const frames = { sent, received, drops };
    return result({
      frames,
      seconds: durationSeconds,
      intendedRate: rate,
      dutFrames: received,
      probesSent: 10,
      ...changes(load),
    });
  };
  return { measure, rates };
}

function contextOf(search: Record<string, unknown>, signal?: AbortSignal) {
  const point = forwardingParameters.parse({ search, traffic: { profile: "uniform", rate: "search" } });
  return { point, durationSeconds: 2, ...(signal === undefined ? {} : { signal }) };
}

const within = { min_rate: "10kpps", max_rate: "20Mpps" };

describe("a trial that searches", () => {
  it.each(["mlrsearch", "rfc2544", "tst009"])(
    "reports the throughput that %s finds, and what it took",
    async (method) => {
      const { measure, rates } = simulated(8e6);
      const { status, flags, metrics, notes } = await searchRate(contextOf({ ...within, method }), measure);
      expect({ status, flags }).toEqual({ status: "ok", flags: [] });
      expect(metrics["throughput"]).toBeLessThanOrEqual(8e6);
      expect(metrics["throughput"]).toBeGreaterThan(8e6 * 0.99);
      expect(metrics["loss_ratio"]).toBe(0);
      expect(metrics["intended_rate"]).toBe(notes?.["highest rate carried"]);
      expect(metrics["search_trials"]).toBe(rates.length);
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
    const { measure, rates } = simulated(4e6);
    const { metrics } = await searchRate(contextOf({}), measure);
    expect(rates.slice(0, 2)).toEqual(["max", RATE_MAX * 1.25]);
    expect(metrics["throughput"]).toBeGreaterThan(4e6 * 0.99);
  });

  it("measures latency at a share of the throughput when asked to", async () => {
    const { measure, rates } = simulated(8e6);
    const { metrics } = await searchRate(contextOf({ ...within, measure_at: "50%" }), measure);
    expect(rates.at(-1)).toBe(metrics["throughput"]! / 2);
    expect(metrics["intended_rate"]).toBe(metrics["throughput"]! / 2);
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
    const { measure, rates } = simulated(8e6, () => ({ badFrames: 1 }));
    expect(await searchRate(contextOf(within), measure)).toMatchObject({ status: "failed", flags: ["bad-frames"] });
    expect(rates).toHaveLength(1);
  });

  it("begins no measurement after the run was told to stop", async () => {
    const stop = new AbortController();
    const { measure, rates } = simulated(8e6, () => {
      if (rates.length === 3) stop.abort();
      return {};
    });
    await expect(searchRate(contextOf(within, stop.signal), measure)).rejects.toMatchObject({ code: "STOPPED" });
    expect(rates).toHaveLength(3);
  });
});

describe("the loss that a search sees", () => {
  const frames = { sent: 900, received: 900, drops: [] };

  it("has what a generator that could not keep its rate left out", () => {
    expect(lossOf({ frames, generatorLimited: true }, 1000, 1)).toBeCloseTo(0.1, 12);
    expect(lossOf({ frames, generatorLimited: false }, 901, 1)).toBe(0);
  });
});

describe("a search through an agent", () => {
  it("finds a rate that the ring carries", async () => {
    const search = { width: "20%", max_trials: 12 };
    const outcome = await withLocalAgent((agent) =>
      forwarding.runTrial({
        point: forwardingParameters.parse({ search, traffic: { profile: "uniform", flows: 100, rate: "search" } }),
        seed: 1,
        warmupSeconds: 0,
        durationSeconds: 0.05,
        graceSeconds: 60,
        roles: {},
        agent: () => agent,
      }),
    );
    expect(outcome.status, outcome.reason).not.toBe("failed");
    expect(outcome.metrics["search_trials"]).toBeGreaterThan(0);
    expect(outcome.metrics["search_trials"]).toBeLessThanOrEqual(12);
    const declared = forwarding.metrics.map(({ name }) => name);
    expect(Object.keys(outcome.metrics).filter((name) => !declared.includes(name))).toEqual([]);
  });
});
