import { describe, expect, it } from "vitest";
import { judge, point } from "../run.js";

const points = [1, 2, 4].map((cores) =>
  point({ cores }, { link_rate: cores * 40e9, latency_p99: 20_000, loss_ratio: 0 }),
);

describe("a metric within limits", () => {
  it("is confirmed at every point, in the metric's unit", () => {
    expect(judge("within: { metric: link_rate, at_least: 30Gbps }", points)).toMatchObject({
      verdict: "confirmed",
      evidence:
        "at cores 1: link rate 40 [39.6, 40.4] Gbps, expected at least 30 Gbps; holds in all 3 cases, this is the closest",
    });
    expect(judge("within: { metric: latency_p99, between: [10us, 30us] }", points).verdict).toBe("confirmed");
    expect(judge("within: { metric: loss_ratio, at_most: 0 }", points).verdict).toBe("confirmed");
  });

  it("is refuted by one point outside", () => {
    expect(judge("within: { metric: link_rate, below: 100Gbps }", points)).toMatchObject({
      verdict: "refuted",
      evidence: "at cores 4: link rate 160 [158, 162] Gbps, expected below 100 Gbps; refuted in 1 of 3 cases",
    });
  });

  it("is inconclusive where an interval holds the limit", () => {
    expect(judge("within: { metric: link_rate, at_least: 40Gbps }", points).verdict).toBe("inconclusive");
  });

  it("is not testable without points, or where the limit is in another unit", () => {
    expect(judge("within: { metric: link_rate, at_least: 1Gbps }", []).verdict).toBe("not testable here");
    expect(judge("within: { metric: link_rate, at_least: 1Gbps, where: { cores: 8 } }", points).evidence).toBe(
      "the run has no such point with cores 8",
    );
    expect(judge("within: { metric: link_rate, at_least: 5us }", points).evidence).toContain(
      "a limit does not fit link_rate",
    );
  });

  it("names no place where there is only one point", () => {
    expect(judge("within: { metric: link_rate, at_least: 30Gbps, where: { cores: largest } }", points).evidence).toBe(
      "link rate 160 [158, 162] Gbps, expected at least 30 Gbps",
    );
  });
});
