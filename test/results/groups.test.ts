import { describe, expect, it } from "vitest";
import { groupMetric, isGroupMetric, pointsByGroup } from "../../src/results/groups.js";
import type { MetricSummary, PointSummary } from "../../src/results/model.js";

const summary = (median: number): MetricSummary => ({
  unit: "ratio",
  better: "lower",
  n: 1,
  median,
  ci95: [median, median],
  min: median,
  max: median,
});

const POINT: PointSummary = {
  id: "a",
  params: { table: "cuckoo" },
  status: "ok",
  flags: [],
  metrics: {
    loss_ratio: summary(0.5),
    [groupMetric("loss_ratio", 1)]: summary(0.1),
    [groupMetric("loss_ratio", 2)]: summary(0.9),
    [groupMetric("latency_p99", 2)]: summary(7),
  },
};

describe("pointsByGroup", () => {
  it("makes a point of each group, with its number as a parameter and its metrics under their own names", () => {
    const groups = pointsByGroup([POINT]);
    expect(groups.map(({ params }) => params)).toEqual([
      { table: "cuckoo", group: 1 },
      { table: "cuckoo", group: 2 },
    ]);
    expect(groups.map(({ metrics }) => metrics["loss_ratio"]?.median)).toEqual([0.1, 0.9]);
    expect(Object.keys(groups[1]?.metrics ?? {})).toEqual(["loss_ratio", "latency_p99"]);
  });

  it("leaves out points without groups", () => {
    expect(pointsByGroup([{ ...POINT, metrics: { loss_ratio: summary(0.5) } }])).toEqual([]);
  });

  it("tells metrics of groups from others", () => {
    expect([isGroupMetric({ name: "loss_ratio_group_12" }), isGroupMetric({ name: "loss_ratio" })]).toEqual([true, false]);
  });
});
