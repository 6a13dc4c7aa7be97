/** Short trials of the real data path through its own software NIC, by the suite's words. */
import { describe, expect, it } from "vitest";
import { withLocalAgent } from "../../src/agent/once.js";
import { rulesOccupancy } from "../../src/experiments/rules/occupancy.js";
import { rulesRate } from "../../src/experiments/rules/rate.js";
import { rulesStorm } from "../../src/experiments/rules/storm.js";
import type { Experiment, TrialOutcome } from "../../src/experiments/experiment.js";

const RULES = 5000;
const FRAMES = { profile: "uniform", flows: 1000, frame_size: 256 };

/** One trial, which may be suspect on a busy host, but not failed. */
async function trial<P>(experiment: Experiment<P>, input: unknown, durationSeconds = 0.1): Promise<TrialOutcome> {
  const outcome = await anyTrial(experiment, input, durationSeconds);
  expect(outcome.status, outcome.reason).not.toBe("failed");
  expect(outcome.flags).not.toContain("frames-not-conserved");
  const declared = experiment.metrics.map(({ name }) => name);
  expect(Object.keys(outcome.metrics).filter((name) => !declared.includes(name))).toEqual([]);
  return outcome;
}

function anyTrial<P>(experiment: Experiment<P>, input: unknown, durationSeconds: number): Promise<TrialOutcome> {
  const point = experiment.parameters.parse(input);
  return withLocalAgent((agent) =>
    experiment.runTrial({
      point,
      seed: 1,
      warmupSeconds: 0.02,
      durationSeconds,
      graceSeconds: 60,
      roles: {},
      agent: () => agent,
    }),
  );
}

describe("rules of the addon", () => {
  it.each([0, 1, 4])("take no frame that they do not match, in %i tables", async (tables) => {
    const { metrics, notes } = await trial(rulesOccupancy, { rules: RULES, tables, traffic: FRAMES });
    expect(metrics["forwarding_rate"]).toBeGreaterThan(0);
    expect(metrics["matched_share"]).toBe(0);
    expect(metrics["bytes_per_rule"]).toBeGreaterThan(0);
    expect(metrics["install_rate"]).toBeGreaterThan(0);
    expect(notes?.["installed"]).toBeGreaterThanOrEqual(RULES);
  });

  it.each(["eth/ipv4", "eth/ipv4/udp"])("take frames that match %s", async (match) => {
    const { metrics } = await trial(rulesOccupancy, { rules: RULES, match, match_share: "100%", traffic: FRAMES });
    expect(metrics["matched_share"]).toBeGreaterThan(0.99);
  });

  it.each([
    ["eth/ipv6/tcp", { ipv6_share: 1 }],
    ["vlan/ipv4", { vlan: 7 }],
    ["vxlan/ipv4/udp", { tunnel: "vxlan" }],
    ["gre/ipv4", { tunnel: "gre" }],
    ["geneve/ipv4", { tunnel: "geneve" }],
  ])("let frames past that have what %s looks at", async (match, headers) => {
    const traffic = { ...FRAMES, ...headers };
    const { metrics } = await trial(rulesOccupancy, { rules: RULES, match, traffic });
    expect(metrics["matched_share"]).toBe(0);
  });

  it("take the share of frames that was asked for", async () => {
    const { metrics } = await trial(rulesOccupancy, { rules: RULES, tables: 1, match_share: "50%", traffic: FRAMES });
    expect(metrics["matched_share"]).toBeGreaterThan(0.4);
    expect(metrics["matched_share"]).toBeLessThan(0.6);
  });

  it.each(["insert", "delete", "update", "replace"])("tell on frames soon after a change: %s", async (operation) => {
    const point = { rules: RULES, match: "eth/ipv4/udp", storm: { operation, size: 1, effect: true } };
    const traffic = { ...FRAMES, flows: 1, rate: "2kpps" }; // The ring holds those of half a second.
    // Longer and longer, until a busy host sends a frame back before the change, and makes it before the end.
    let effect: number | undefined;
    for (let seconds = 0.1; effect === undefined && seconds < 30; seconds *= 4) {
      const { status, flags, reason, metrics } = await anyTrial(rulesStorm, { ...point, traffic }, seconds);
      if (flags?.includes("no-frames")) continue;
      expect(status, reason).not.toBe("failed");
      expect(metrics).toMatchObject({ unmatched_frames: 0, stray_frames: 0 });
      effect = metrics["effect_latency"];
    }
    // Before the call by no more than frames were on their way, after it by no more than the rest of the trial.
    expect(effect).toBeGreaterThan(-30e9);
    expect(effect).toBeLessThan(30e9);
  });

  it("let a search find the throughput", async () => {
    const search = { width: "20%", max_trials: 12 };
    const { metrics } = await trial(rulesOccupancy, { rules: RULES, search, traffic: { ...FRAMES, rate: "search" } });
    expect(metrics["search_trials"]).toBeGreaterThan(0);
  });

  it("are refused with what to do where they do not fit", async () => {
    const full = { rules: RULES, capacity: RULES + 1, storm: { size: 10 }, traffic: FRAMES };
    await expect(trial(rulesStorm, full)).rejects.toThrow(/TABLE_FULL: 10 changes were refused/);
  });
});

describe("a storm of the addon", () => {
  it.each(["same", "other"])("changes rules in every way while frames flow, from the %s core", async (core) => {
    for (const operation of ["insert", "delete", "update", "replace"]) {
      const storm = { operation, size: 1000, core };
      const { metrics, series } = await trial(rulesStorm, { rules: RULES, storm, traffic: FRAMES }, 0.2);
      expect(metrics["update_rate"], operation).toBeGreaterThan(0);
      expect(metrics["update_latency_max"], operation).toBeGreaterThan(0);
      expect(metrics).toMatchObject({ unmatched_frames: 0, stray_frames: 0 });
      expect(series?.columns["forwarding_rate"]?.values.length).toBeGreaterThan(0);
    }
  });

  it("sends every frame by the old rule or by the new one, while those change that it matches", async () => {
    const storm = { operation: "update", rate: "20k", core: "other" };
    const point = { rules: 1000, match_share: "100%", storm, traffic: { ...FRAMES, rate: "100kpps" } };
    const { metrics } = await trial(rulesStorm, point, 0.2);
    expect(metrics["update_rate_intended"]).toBe(20_000);
    expect(metrics).toMatchObject({ unmatched_frames: 0, stray_frames: 0 });
  });
});

describe("rates of the addon", () => {
  it.each(["insert", "delete", "update", "replace"])("are measured, and the rules asked: %s", async (operation) => {
    for (const tables of [0, 1, 4]) {
      const { metrics } = await trial(rulesRate, { rules: RULES, tables, operation, operations: 1000 }, 0.05);
      const name = operation === "insert" || operation === "delete" ? `${operation}_rate` : "update_rate";
      expect(metrics[name]).toBeGreaterThan(0);
      expect(metrics["latency_max"]).toBeGreaterThan(0);
    }
  });

  it("are measured of several control threads on as many cores as there are", async () => {
    const point = { rules: RULES, operations: 1000, control_threads: 3, oversubscribe: true };
    const { metrics } = await trial(rulesRate, point, 0.05);
    expect(metrics["insert_rate"]).toBeGreaterThan(0);
  });

  it.each(["eth", "eth/ipv6/tcp", "vlan/ipv6/tcp", "vxlan/ipv4/udp", "gre/ipv4/tcp", "geneve/ipv4/udp"])(
    "are measured for rules that match %s",
    async (match) => {
      const actions = "queue/mark/set_meta/set_tag";
      const { metrics } = await trial(rulesRate, { match, actions, operations: 1000, batch: 32 }, 0.05);
      expect(metrics["insert_rate"]).toBeGreaterThan(0);
    },
  );
});
