/** The experiment `hashtable` against the real addon, in a real agent. */
import { describe, expect, it } from "vitest";
import { withLocalAgent } from "../../src/agent/once.js";
import { hashtable, outcomeOf } from "../../src/experiments/hashtable.js";
import { hashtableParameters } from "../../src/experiments/hashtable/parameters.js";
import type { AgentHandle } from "../../src/experiments/experiment.js";
import type { NativeInfo, TableTrialConfig, TableTrialResult } from "../../src/agent/protocol.js";
import type { HostFacts } from "../../src/results/model.js";

const capture = new URL("../../suites/captures/quickstart.pcap", import.meta.url).pathname;

async function run(agent: AgentHandle, parameters: Record<string, unknown>) {
  const point = hashtableParameters.parse({ table: "flowline", slots: "16Ki", ...parameters });
  return hashtable.runTrial({
    point,
    seed: 1,
    warmupSeconds: 0,
    durationSeconds: 0.02,
    graceSeconds: 60,
    roles: { dut: { host: "here", io: "ring", cpus: [] } },
    agent: () => agent,
  });
}

describe("every table of the build", () => {
  it("answers every operation right and says what it cost", async () => {
    await withLocalAgent(async (agent) => {
      const { native } = agent;
      if (!native.available) throw new Error(native.reason);
      for (const { name: table } of [...native.tables, ...native.peers]) {
        for (const operation of ["hit", "miss", "insert", "erase", "mixed", "churn"]) {
          const { status, reason, metrics } = await run(agent, { table, operation });
          expect({ table, operation, status, reason }).toEqual({ table, operation, status: "ok", reason: undefined });
          expect(metrics["ns_per_op"]).toBeGreaterThan(0);
          expect(metrics["share_of_limit"]).toBeGreaterThan(0);
        }
      }
    });
  });
});

describe("a trial", () => {
  it("says how full a table gets before it refuses a flow", async () => {
    const { metrics } = await withLocalAgent((agent) => run(agent, { table: "chaining", operation: "fill" }));
    expect(metrics["max_load_factor"]).toBe(1);
  });

  it("looks up the five-tuples of a capture in their order", async () => {
    const { status, notes } = await withLocalAgent((agent) => run(agent, { traffic: { pcap: capture } }));
    expect(status).toBe("ok");
    expect(notes?.["hits"]).toBeGreaterThan(0);
    expect(notes?.["misses"]).toBe(0);
  });

  it("clocks single inserts for their percentiles when asked to", async () => {
    const { metrics } = await withLocalAgent((agent) => run(agent, { operation: "churn", latency_samples: 1000 }));
    expect(metrics["latency_p999"]).toBeGreaterThanOrEqual(metrics["latency_p50"] ?? Infinity);
  });

  it("fails if an answer was wrong, whatever the speed", () => {
    const result = { wrong: 3, pages: "4KiB", live: 1, hits: 1, misses: 0, refused: 0 };
    const outcome = outcomeOf({} as TableTrialConfig, result as TableTrialResult);
    expect(outcome).toMatchObject({ status: "failed", flags: ["wrong-answers"], metrics: {} });
  });
});

describe("a point that cannot run", () => {
  const facts = { cpus: 2, memoryBytes: 8 * 2 ** 30 } as HostFacts;
  const table = { name: "flowline", title: "", source: "" };
  const missing = { name: "boost-flat", title: "install Boost 1.81 or later" };
  const native = { available: true, tables: [table], peers: [], missingPeers: [missing] } as unknown as NativeInfo;
  const why = (parameters: Record<string, unknown>): string | undefined =>
    hashtable.cannotRun(hashtableParameters.parse({ table: "flowline", ...parameters }), { native, facts, roles: {} });

  it("says so before the run, with the reason and the way out", () => {
    expect(why({})).toBeUndefined();
    expect(why({ table: "flowlime" })).toContain("did you mean");
    expect(why({ table: "boost-flat" })).toContain("install Boost 1.81");
    expect(why({ threads: 3 })).toContain("this host has 2");
    expect(why({ slots: "1Gi" })).toContain("8 GiB");
  });
});

describe("parameters", () => {
  it("refuse what would have no effect", () => {
    const problems = (traffic: Record<string, unknown>) =>
      hashtableParameters.safeParse({ table: "cuckoo", traffic }).error?.issues.map(({ path }) => path.join("."));
    expect(problems({ skew: 1.2 })).toEqual(["traffic.skew"]);
    expect(problems({ order: "zipf", pcap: "x.pcap" })).toEqual(["traffic.order"]);
    expect(problems({ order: "zipf", skew: 1.2 })).toBeUndefined();
  });
});
