import { describe, expect, it } from "vitest";
import { conntrackMetrics } from "../../../src/experiments/conntrack/metrics.js";
import { groupMetrics, groupValues } from "../../../src/experiments/traffic/groups.js";
import { trafficSchema } from "../../../src/experiments/traffic/parameters.js";
import type { GroupCounts } from "../../../src/agent/protocol.js";

const QUIET: GroupCounts = {
  sent: 0,
  received: 0,
  probesReceived: 0,
  probesReordered: 0,
  latency: { unit: "ns", buckets: [], min: 0, max: 0 },
};

describe("groups of flows", () => {
  it("are metrics of the point with most of them, and none without", () => {
    const names = groupMetrics(conntrackMetrics, [
      { traffic: {} },
      { traffic: { groups: 2 } },
      { traffic: { groups: 3 } },
    ]).map(({ name }) => name);
    expect(names).toContain("loss_ratio_group_3");
    expect(names).not.toContain("loss_ratio_group_4");
    expect(names).toHaveLength(5 * 3);
    expect(groupMetrics(conntrackMetrics, [{ traffic: {} }])).toEqual([]);
  });

  it("have loss, rate, order and latency each, and nothing that cannot be computed", () => {
    const busy: GroupCounts = {
      sent: 200,
      received: 150,
      probesReceived: 10,
      probesReordered: 1,
      latency: { unit: "ns", buckets: [[1000, 10]], min: 1000, max: 1000 },
    };
    const values = groupValues({ groups: [busy, QUIET], seconds: 2 });
    expect(values).toMatchObject({
      forwarding_rate_group_1: 75,
      loss_ratio_group_1: 0.25,
      reordered_ratio_group_1: 0.1,
      forwarding_rate_group_2: 0,
    });
    expect(values["latency_p99_group_1"]).toBeCloseTo(1000, -2);
    expect(Object.keys(values)).not.toContain("loss_ratio_group_2");
    expect(Object.keys(values)).not.toContain("latency_p99_group_2");
    expect(groupValues({ seconds: 2 })).toEqual({});
  });

  it.each([
    [{ groups: 1 }, /groups/],
    [{ groups: 129 }, /groups/],
    [{ flows: 4, groups: 8 }, /must be at most flows \(4\)/],
    [{ pcap: "a.pcap", groups: 2 }, /no effect with a pcap/],
  ])("are refused where they make no sense: %j", (traffic, says) => {
    expect(JSON.stringify(trafficSchema.safeParse(traffic).error?.issues)).toMatch(says);
  });
});
