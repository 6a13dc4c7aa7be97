/** Short trials of the real data path: what was asked for in a suite is what the tracker does. */
import { describe, expect, it } from "vitest";
import { outcomeOf, trackerConfig } from "../../src/experiments/conntrack.js";
import { dutCpus } from "../../src/experiments/cores.js";
import { trafficConfig } from "../../src/experiments/traffic/config.js";
import { withLocalAgent } from "../../src/agent/once.js";
import { parse } from "./conntrack_sample.js";
import type { AgentHandle, TrialOutcome } from "../../src/experiments/experiment.js";

const SECONDS = 0.2;

async function trial(agent: AgentHandle, input: Record<string, unknown>): Promise<TrialOutcome> {
  const point = parse({ table: "cuckoo", ...input });
  const config = {
    table: point.table,
    sharing: point.sharing,
    capacity: point.capacity ?? 0,
    tracker: trackerConfig(point),
    traffic: trafficConfig(point, "max", 1),
    warmupSeconds: 0.05,
    durationSeconds: SECONDS,
    probeEvery: 64,
    ringSize: 1024,
    generatorCpu: -1,
    dutCpus: dutCpus(point),
    symmetricRss: point.rss === "symmetric",
    retaEntries: point.reta,
    seriesIntervalSeconds: point.series_interval,
  };
  return outcomeOf(await agent.call("conntrack.run", config, 30));
}

const conserved = ({ frames }: TrialOutcome): boolean =>
  frames !== undefined && frames.sent === frames.received + frames.drops.reduce((sum, drop) => sum + drop.frames, 0);

describe("the tracker of the addon", () => {
  it("spreads flows over cores, with a table each", async () => {
    await withLocalAgent(async (agent) => {
      const traffic = { flows: 3000, both_directions: true, rate: "100kpps" };
      const outcome = await trial(agent, { use: "track", cores: 2, traffic });
      expect(outcome.status, outcome.reason).not.toBe("failed");
      expect(conserved(outcome)).toBe(true);
      expect(outcome.metrics["live_flows"]).toBe(3000);
      expect(outcome.metrics["imbalance"]).toBeLessThan(0.5);
    });
  });

  it("tracks and balances flows from lists of prefixes, of both IP versions", async () => {
    await withLocalAgent(async (agent) => {
      const lists = { clients: "10.0.0.0/9,10.200.0.0/16,fd00::/64", servers: "192.168.7.0/24,192.168.9.0/25" };
      const traffic = { flows: 3000, both_directions: true, ipv6_share: "50%", rate: "100kpps", ...lists };
      for (const use of ["track", "load-balance"]) {
        const outcome = await trial(agent, { use, traffic });
        expect(outcome.status, `${use}: ${outcome.reason ?? ""}`).not.toBe("failed");
        expect(conserved(outcome), use).toBe(true);
        expect(outcome.metrics["live_flows"], use).toBe(3000);
      }
    });
  });

  it("shares one table between cores in every way, and says which tables a way goes with", async () => {
    await withLocalAgent(async (agent) => {
      const traffic = { flows: 3000, both_directions: true, rate: "100kpps" };
      for (const sharing of ["mutex", "spinlock", "rwlock", "bucket-lock", "lock-free"]) {
        const outcome = await trial(agent, { use: "track", cores: 2, sharing, traffic });
        expect(outcome.status, `${sharing}: ${outcome.reason ?? ""}`).not.toBe("failed");
        expect(conserved(outcome), sharing).toBe(true);
        expect(outcome.metrics["live_flows"], sharing).toBe(3000);
      }
      const wrong = trial(agent, { table: "hopscotch", use: "track", cores: 2, sharing: "lock-free", traffic });
      await expect(wrong).rejects.toMatchObject({ code: "SHARING", hint: expect.stringContaining("cuckoo, flowline") });
    });
  });

  it("spreads one direction with the default key and a small indirection table", async () => {
    await withLocalAgent(async (agent) => {
      const traffic = { flows: 3000, rate: "100kpps" };
      const outcome = await trial(agent, { use: "track", cores: 2, rss: "default", reta: 64, traffic });
      expect(outcome.status, outcome.reason).not.toBe("failed");
      expect(conserved(outcome)).toBe(true);
      expect(outcome.metrics["live_flows"]).toBe(3000);
    });
  });

  it("records over time which flows live, come, go and are refused, and what a frame costs", async () => {
    await withLocalAgent(async (agent) => {
      const traffic = { profile: "uniform", flows: 2000, new_flows: "20kfps", rate: "200kpps" };
      const point = { expiry: "timer-wheel", timeout: "20ms", series_interval: "20ms", traffic };
      const { status, reason, series, metrics } = await trial(agent, point);
      expect(status, reason).not.toBe("failed");
      const columns = series?.columns ?? {};
      expect(Object.keys(columns)).toEqual([
        "forwarding_rate",
        "offered_rate",
        "live_flows",
        "new_flow_rate",
        "closed_flow_rate",
        "expired_flow_rate",
        "failed_flow_rate",
        "cycles_per_frame",
      ]);
      for (const { values } of Object.values(columns)) expect(values).toHaveLength(series?.t.length ?? 0);
      expect(Math.max(...(columns["expired_flow_rate"]?.values ?? []))).toBeGreaterThan(0);
      expect(Math.max(...(columns["failed_flow_rate"]?.values ?? []))).toBe(0);
      expect(Math.max(...(columns["live_flows"]?.values ?? []))).toBeGreaterThan(0);
      expect(metrics["failed_flow_rate"]).toBe(0);
    });
  });

  it("forwards, tracks, balances and translates", async () => {
    await withLocalAgent(async (agent) => {
      for (const use of ["forward", "track", "load-balance", "nat"]) {
        const outcome = await trial(agent, { use, traffic: { flows: 2000, rate: "100kpps" } });
        expect(outcome.status, `${use}: ${outcome.reason ?? ""}`).not.toBe("failed");
        expect(conserved(outcome), use).toBe(true);
        expect(outcome.metrics["live_flows"], use).toBe(use === "forward" ? 0 : 2000);
      }
    });
  });

  it("sees whole connections where the traffic has both directions", async () => {
    await withLocalAgent(async (agent) => {
      const traffic = { flows: 1000, new_flows: "20kfps", both_directions: true, rate: "200kpps" };
      const outcome = await trial(agent, { use: "track", expiry: "timer-wheel", timeout: "20ms", traffic });
      expect(outcome.status, outcome.reason).not.toBe("failed");
      expect(conserved(outcome)).toBe(true);
      expect(outcome.metrics["new_flow_rate"]).toBeGreaterThan(0);
      expect(outcome.metrics["closed_flow_rate"]).toBeGreaterThan(0);
    });
  });

  it.each(["scan", "timer-wheel", "lazy"])("forgets idle flows: %s", async (expiry) => {
    await withLocalAgent(async (agent) => {
      const traffic = { profile: "uniform", flows: 2000, new_flows: "50kfps", rate: "400kpps" };
      const capacity = expiry === "lazy" ? { capacity: 4096 } : {};
      const outcome = await trial(agent, { expiry, timeout: "20ms", ...capacity, traffic });
      expect(outcome.status, outcome.reason).not.toBe("failed");
      expect(conserved(outcome)).toBe(true);
      expect(outcome.metrics["expired_flow_rate"]).toBeGreaterThan(5000);
      // 10,000 flows are born in the trial; without expiry all would stay.
      expect(outcome.metrics["live_flows"]).toBeLessThan(8000);
    });
  });

  it("counts what a small pool of ports refuses, and goes on", async () => {
    await withLocalAgent(async (agent) => {
      const outcome = await trial(agent, {
        use: "nat",
        nat_addresses: 1,
        capacity: "256Ki",
        traffic: { profile: "uniform", flows: "100k", rate: "500kpps" },
      });
      expect(outcome.status, outcome.reason).not.toBe("failed");
      expect(conserved(outcome)).toBe(true);
      expect(outcome.metrics["live_flows"]).toBeLessThanOrEqual(3 * 64512);
    });
  });
});
