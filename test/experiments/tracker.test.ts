import { describe, expect, it } from "vitest";
import { outcomeOf, trackerConfig, trafficConfig } from "../../src/experiments/conntrack.js";
import { TRACKER } from "../agent/tracker.js";
import { parse, problems, result } from "./conntrack_sample.js";

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
    expect(trafficConfig(point, 1)).toMatchObject({ newFlows: 200_000 });
    expect(parse(JSON.parse(JSON.stringify(point)))).toEqual(point);
  });

  it.each([
    [{ expiry: "none", timeout: "1s" }, "timeout: has no effect with expiry: none; remove it"],
    [{ timeouts: { close: "1s" } }, "timeouts: has no effect with expiry: none; remove it"],
    [{ expiry: "lazy", expiry_interval: "1ms" }, "expiry_interval: has no effect with expiry: lazy; remove it"],
    [{ use: "track", replies: "rewritten" }, "replies: rewritten is for use: load-balance"],
    [{ use: "nat", traffic: { both_directions: true } }, "traffic: both_directions cannot be answered"],
    [{ check_windows: true }, "check_windows: needs both directions of a connection; set replies: here"],
    [{ traffic: { pcap: "a.pcap", new_flows: "1kfps" } }, "traffic.new_flows: has no effect with a pcap"],
    [{ traffic: { new_flows: "1kpps" } }, "traffic.new_flows:"],
    [{ expiry: "lazy", timeouts: { "syn-send": "1s" } }, "timeouts"],
  ])("refuse what contradicts itself: %j", (input, message) => {
    const found = problems({ table: "cuckoo", ...input });
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
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
