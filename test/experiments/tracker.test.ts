import { describe, expect, it } from "vitest";
import { conntrack, outcomeOf, trackerConfig } from "../../src/experiments/conntrack.js";
import { dutCpus, tookTurns } from "../../src/experiments/cores.js";
import { trafficConfig } from "../../src/experiments/traffic/config.js";
import { withDoubt } from "../../src/experiments/conntrack/verdict.js";
import { TRACKER } from "../agent/tracker.js";
import { FACTS } from "../results/sample.js";
import { NATIVE, parse, problems, result } from "./conntrack_sample.js";

describe("the tracker's parameters", () => {
  it("default to a load balancer whose flows never expire, with answers where the traffic has them", () => {
    expect(trackerConfig(parse({ table: "cuckoo" }))).toEqual({ ...TRACKER, backends: 16 });
    const both = parse({ table: "cuckoo", traffic: { both_directions: true } });
    expect(trackerConfig(both).replies).toBe("here");
    expect(trackerConfig(parse({ table: "cuckoo", replies: "here" })).replies).toBe("here");
  });

  it("become what the data path takes", () => {
    const point = parse({
      table: "flowline",
      use: "nat",
      nat_addresses: 4,
      expiry: "timer-wheel",
      expiry_interval: "10ms",
      timeout: "30s",
      timeouts: { "syn-sent": "5s" },
      traffic: { flows: 1000, new_flows: "200kfps" },
    });
    expect(trackerConfig(point)).toMatchObject({
      use: "nat",
      natAddresses: 4,
      expiry: "timer-wheel",
      expiryIntervalSeconds: 0.01,
      timeoutSeconds: 30,
      timeouts: { "syn-sent": 5 },
    });
    expect(trafficConfig(point, "max", 1)).toMatchObject({ newFlows: 200_000 });
    expect(parse(JSON.parse(JSON.stringify(point)))).toEqual(point);
  });

  it.each([
    [{ expiry: "none", timeout: "1s" }, "timeout: has no effect with expiry: none; remove it"],
    [{ timeouts: { close: "1s" } }, "timeouts: has no effect with expiry: none; remove it"],
    [{ expiry: "lazy", expiry_interval: "1ms" }, "expiry_interval: has no effect with expiry: lazy; remove it"],
    [{ use: "track", replies: "rewritten" }, "replies: rewritten is for use: load-balance"],
    [{ use: "nat", traffic: { both_directions: true } }, "traffic: both_directions cannot be answered"],
    [{ use: "nat", sharing: "mutex", cores: 2 }, "sharing: a translated reply reaches another core than its flow"],
    [{ check_windows: true }, "check_windows: needs both directions of a connection; set replies: here"],
    [{ traffic: { pcap: "a.pcap", new_flows: "1kfps" } }, "traffic.new_flows: has no effect with a pcap"],
    [{ traffic: { new_flows: "1kpps" } }, "traffic.new_flows:"],
    [
      { rss: "default", cores: 2, traffic: { both_directions: true } },
      "rss: default sends the directions of a connection",
    ],
    [{ cores: 4, reta: 2 }, "reta: has fewer entries than there are cores (4)"],
    [{ reta: 100 }, "reta: must be a power of two"],
    [{ expiry: "lazy", timeouts: { "syn-send": "1s" } }, "timeouts"],
  ])("refuse what contradicts itself: %j", (input, message) => {
    const found = problems({ table: "cuckoo", ...input });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });
});

describe("the cores of the DUT", () => {
  const placement = { host: "here", io: "ring", cpus: [1], spare: [3, 2] };

  it("are those of its role, then spare ones, then none in particular", () => {
    expect(dutCpus({ cores: 1 }, placement)).toEqual([1]);
    expect(dutCpus({ cores: 3 }, placement)).toEqual([1, 3, 2]);
    expect(dutCpus({ cores: 4 }, placement)).toEqual([-1, -1, -1, -1]);
    expect(dutCpus({ cores: 2 })).toEqual([-1, -1]);
  });

  it("are too few for a point that asks for more, unless it may share them", () => {
    const why = (input: Record<string, unknown>) =>
      conntrack.cannotRun(parse({ table: "cuckoo", ...input }), {
        native: NATIVE,
        facts: FACTS,
        roles: { dut: placement },
      });
    expect(why({ cores: 3 })).toBeUndefined();
    expect(why({ cores: 4 })).toMatch(/^The point asks for 4 cores for the DUT, and 3 are left for it/);
    expect(why({ cores: 4, oversubscribe: true })).toBeUndefined();
  });

  it("that are fewer than their workers cast doubt on every number, so that no claim is decided by them", () => {
    expect(tookTurns({ cores: 3 }, placement)).toBe(false);
    expect(tookTurns({ cores: 4 }, placement)).toBe(true);
    expect(tookTurns({ cores: 1 })).toBe(false);
    const doubted = withDoubt(outcomeOf(result()), { flag: "oversubscribed", says: "They took turns." });
    expect(doubted).toMatchObject({ status: "suspect", reason: "They took turns.", flags: ["oversubscribed"] });
    expect(doubted.metrics).toEqual(outcomeOf(result()).metrics);
    expect(withDoubt(outcomeOf(result({ badFrames: 1 })), { flag: "x", says: "y" }).status).toBe("failed");
  });

  it("have a table each unless the suite says otherwise, and share only what can be shared so", () => {
    expect(parse({ table: "cuckoo" }).sharing).toBe("sharded");
    const why = (table: string, sharing: string) =>
      conntrack.cannotRun(parse({ table, sharing, cores: 2 }), {
        native: NATIVE,
        facts: FACTS,
        roles: { dut: placement },
      });
    expect(why("cuckoo", "lock-free")).toBeUndefined();
    expect(why("chaining-stl", "sharded")).toBeUndefined();
    expect(why("chaining-stl", "lock-free")).toBe(
      "Table chaining-stl does not go with sharing: lock-free, which is for cuckoo, flowline.",
    );
    expect(why("cuckoo", "rwlock")).toContain("which is for no table of this host");
  });

  it("are compared: 0 is an even spread", () => {
    const worker = { busyCycles: 1, totalCycles: 1, liveFlows: 1 };
    const workers = [300, 600, 300].map((frames) => ({ ...worker, frames }));
    expect(outcomeOf(result({ dutFrames: 1200, workers })).metrics["imbalance"]).toBeCloseTo(0.5);
    expect(outcomeOf(result()).metrics).not.toHaveProperty("imbalance");
  });
});

describe("what the tracker did", () => {
  it("is told in flows a second, bytes a flow and cycles a stage, less what reading the clock costs", () => {
    const cycleSplit = { parse: 700, lookup: 1200, insert: 200, expiry: 150, rest: 400, frames: 10 };
    const { metrics } = outcomeOf(
      result({
        closedFlows: 20,
        expiredFlows: 10,
        trackerBytes: 10_000,
        cycleSplit: { ...cycleSplit, clockReads: 50, clockReadCycles: 20 },
      }),
    );
    expect(metrics).toMatchObject({
      new_flow_rate: 25,
      closed_flow_rate: 10,
      expired_flow_rate: 5,
      bytes_per_flow: 200,
      cycles_parse: 50,
      cycles_lookup: 100,
      cycles_insert: 0,
      cycles_expiry: 0,
      cycles_rest: 20,
    });
  });

  it("is noted where frames were not simply of a flow", () => {
    const { notes } = outcomeOf(result({ frameCauses: { tracked: 900, fragment: 7, "table full": 3 } }));
    expect(notes).toMatchObject({ "frames, fragment": 7, "frames, table full": 3 });
    expect(notes).not.toHaveProperty("frames, tracked");
  });
});
