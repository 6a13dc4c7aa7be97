/** Short trials of the real data path: each of the RFC's tests, by the suite's words. */
import { describe, expect, it } from "vitest";
import { withLocalAgent } from "../../src/agent/once.js";
import { gateway } from "../../src/experiments/gateway.js";
import { parse } from "./gateway_sample.js";
import type { AgentHandle, TrialOutcome } from "../../src/experiments/experiment.js";

const CONNECTIONS = 3000;

function trial(agent: AgentHandle, input: Record<string, unknown>): Promise<TrialOutcome> {
  return gateway.runTrial({
    point: parse({ traffic: { connections: CONNECTIONS }, ...input }),
    seed: 1,
    warmupSeconds: 0,
    durationSeconds: 0.05,
    graceSeconds: 60,
    roles: {},
    agent: () => agent,
  });
}

describe("the gateway of the addon", () => {
  it.each(["track", "nat"])("establishes and tears down connections: %s", async (use) => {
    await withLocalAgent(async (agent) => {
      for (const test of ["establishment", "tear-down"]) {
        const { status, reason, metrics } = await trial(agent, { use, test });
        expect(status, `${test}: ${reason ?? ""}`).not.toBe("failed");
        expect(metrics["establishment_rate"]).toBeGreaterThan(0);
        expect(metrics["tear_down_rate"]).toBeGreaterThan(0);
        expect(metrics["failed_ratio"]).toBe(0);
      }
    });
  });

  it("says how many connections a table holds", async () => {
    const { status, reason, metrics } = await withLocalAgent((agent) => trial(agent, { test: "capacity" }));
    expect(status, reason).not.toBe("failed");
    expect(metrics["table_capacity"]).toBeGreaterThanOrEqual(CONNECTIONS);
  });

  it("establishes over a wire at a rate, and says what share was not established", async () => {
    const traffic = { connections: CONNECTIONS, rate: "30kpps" };
    const { status, reason, metrics, frames } = await withLocalAgent((agent) =>
      trial(agent, { wire: "ring", traffic }),
    );
    expect(status, reason).not.toBe("failed");
    expect(metrics["intended_rate"]).toBe(30_000);
    expect(metrics["establishment_rate"]).toBeGreaterThan(0);
    expect(metrics["failed_ratio"]).toBeGreaterThanOrEqual(0);
    expect(metrics["failed_ratio"]).toBeLessThan(1);
    expect(frames?.sent).toBe(CONNECTIONS);
  });

  it.each(["track", "nat"])("forwards both directions of established connections: %s", async (use) => {
    const { status, reason, metrics } = await withLocalAgent((agent) => trial(agent, { test: "established", use }));
    expect(status, reason).not.toBe("failed");
    expect(metrics["forwarding_rate"]).toBeGreaterThan(0);
  });

  it("searches for the throughput on established connections", async () => {
    const search = { width: "20%", max_trials: 12 };
    const traffic = { connections: CONNECTIONS, rate: "search" };
    const { status, reason, metrics } = await withLocalAgent((agent) =>
      trial(agent, { test: "established", search, traffic }),
    );
    expect(status, reason).not.toBe("failed");
    expect(metrics["search_trials"]).toBeGreaterThan(0);
    const declared = gateway.metrics.map(({ name }) => name);
    expect(Object.keys(metrics).filter((name) => !declared.includes(name))).toEqual([]);
  });

  it("fails, and says what to do, where the table is too small", async () => {
    const { status, reason } = await withLocalAgent((agent) => trial(agent, { capacity: 500 }));
    expect(status).toBe("failed");
    expect(reason).toMatch(/table full; raise capacity/);
  });
});
