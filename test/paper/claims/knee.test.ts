import { describe, expect, it } from "vitest";
import { judge, point, type Value } from "../run.js";

describe("knee", () => {
  const cores = (rates: readonly (number | Value)[], extra: Readonly<Record<string, string>> = {}) =>
    rates.map((rate, index) => {
      const { value, ...rest } = typeof rate === "number" ? { value: rate } : rate;
      return point({ cores: index + 1, ...extra }, { link_rate: { value: value * 1e9, ...rest } });
    });
  const claim = (limits: string) => `knee: { metric: link_rate, along: cores, rises_to: 95Gbps, ${limits} }`;
  const scaling = cores([42, 80, 97.7, 97.8]);

  it("is confirmed, refuted or open by the place where the level is reached", () => {
    expect(judge(claim("at_most: 3"), scaling)).toMatchObject({
      verdict: "confirmed",
      evidence: "link rate reaches 95 Gbps at cores 3, expected cores at most 3",
    });
    expect(judge(claim("below: 3"), scaling).verdict).toBe("refuted");
    const noisy = cores([42, { value: 94, spread: 0.05 }, 97.7, 97.8]);
    expect(judge(claim("at_most: 2"), noisy)).toMatchObject({
      verdict: "inconclusive",
      evidence: "link rate reaches 95 Gbps at cores 3 [2, 3], expected cores at most 2",
    });
  });

  it("may be confirmed to lie beyond the run, but not at a place that the run does not reach", () => {
    const locked = cores([38, 39, 24, 15]);
    expect(judge(claim("above: 4"), locked)).toMatchObject({
      verdict: "confirmed",
      evidence: "link rate reaches 95 Gbps beyond cores 4, the last of the run, expected cores above 4",
    });
    expect(judge(claim("at_most: 4"), locked).verdict).toBe("refuted");
    expect(judge(claim("at_most: 8"), locked).verdict).toBe("not testable here");
    expect(judge(claim("above: 8"), locked).verdict).toBe("not testable here");
  });

  it("is not testable where a value that may decide is missing", () => {
    const points = scaling.map((one, index) =>
      index === 1 ? point({ cores: 2 }, {}, { status: "skipped", reason: "one core only" }) : one,
    );
    expect(judge(claim("at_most: 2"), points)).toMatchObject({
      verdict: "not testable here",
      evidence: "cores 2 was skipped: one core only",
    });
    expect(judge(claim("at_most: 3"), points).verdict).toBe("confirmed");
  });

  it("compares two knees", () => {
    const falling = (rates: Readonly<Record<number, number>>, table: string) =>
      Object.entries(rates).map(([rate, gbps]) => point({ rate: Number(rate), table }, { link_rate: gbps * 1e9 }));
    const points = [...falling({ 1000: 90, 8000: 30, 10_000: 20 }, "a"), ...falling({ 10_000: 90, 300_000: 30 }, "b")];
    const two = (limits: string) =>
      `knee: { metric: link_rate, along: rate, falls_to: { share: 50%, of: first }, of: { table: b }, to: { table: a }, ${limits} }`;
    expect(judge(two("at_least: 10x"), points)).toMatchObject({
      verdict: "confirmed",
      evidence:
        "link rate falls to 50% of its first value for b at rate 300k, for a at rate 8k: ratio 37.5 [37.5, 37.5], expected at least 10",
    });
    expect(judge(two("at_least: 40"), points).verdict).toBe("refuted");
    const never = [...falling({ 1000: 90, 8000: 30 }, "a"), ...falling({ 10_000: 90, 300_000: 80 }, "b")];
    expect(judge(two("at_least: 10"), never).verdict).toBe("confirmed");
    expect(judge(two("at_least: 100"), never).verdict).toBe("not testable here");
    expect(judge(two("at_least: 10"), falling({ 1000: 90 }, "b")).verdict).toBe("not testable here");
  });
});
