import { describe, expect, it } from "vitest";
import type { PointSummary } from "../../../src/results/model.js";
import { judge, point, type Value } from "../run.js";

/** One point for each number of rules, with this link rate in Gbps. */
function series(
  rates: Readonly<Record<number, number | Value>>,
  extra: Readonly<Record<string, string>> = {},
): PointSummary[] {
  return Object.entries(rates).map(([rules, rate]) => {
    const { value, ...rest } = typeof rate === "number" ? { value: rate } : rate;
    return point({ rules: Number(rules), ...extra }, { link_rate: { value: value * 1e9, ...rest } });
  });
}

const cliffed = series({ 1000: 99.6, 16_000: 86.2, 32_000: 61.1, 56_000: 34.7, 57_000: 0.429, 65_536: 0.0055 });
const skipped = point({ rules: 60_000 }, {}, { status: "skipped", reason: "no room" });

describe("monotone", () => {
  const claim = (is: string, more = "") => `monotone: { metric: link_rate, along: rules, is: ${is}${more} }`;

  it("is confirmed for a series that goes the way it should", () => {
    expect(judge(claim("falling"), cliffed)).toMatchObject({
      verdict: "confirmed",
      evidence:
        "link rate goes from 99.6 Gbps to 5.5 Mbps over rules 1k to 64Ki, 6 values (last / first 0.0000552 [0.0000541, 0.0000563])",
    });
    expect(judge(claim("not-rising"), cliffed).verdict).toBe("confirmed");
  });

  it("is refuted by one step the wrong way beyond the tolerance, which the evidence names", () => {
    const bump = series({ 1000: 50, 2000: 40, 4000: 45, 8000: 30 });
    expect(judge(claim("falling"), bump)).toMatchObject({
      verdict: "refuted",
      evidence: "link rate rises from 40 to 45 Gbps between rules 2k and 4k, by more than the tolerance of 5%",
    });
    expect(judge(claim("falling", ", tolerance: 20%"), bump).verdict).toBe("confirmed");
    expect(judge(claim("rising"), cliffed).evidence).toContain(
      "link rate falls from 99.6 Gbps to 5.5 Mbps between rules 1k and 64Ki",
    );
  });

  it("sees a slow drift that no single step shows", () => {
    const drift = series(Object.fromEntries(Array.from({ length: 10 }, (_, i) => [i, 100 * 0.97 ** i])));
    expect(judge(claim("not-falling"), drift).verdict).toBe("refuted");
  });

  it("is inconclusive where a step may be noise", () => {
    const noisy = series({
      1: { value: 50, spread: 0.05 },
      2: { value: 47, spread: 0.05 },
      3: { value: 60, spread: 0.05 },
    });
    expect(judge(claim("rising"), noisy)).toMatchObject({
      verdict: "inconclusive",
      evidence: "link rate may fall from 50 to 47 Gbps between rules 1 and 2, by more than the tolerance of 5%",
    });
    expect(judge(claim("rising", ", tolerance: 20%"), series({ 1: 50, 2: 50.5 })).verdict).toBe("inconclusive");
  });

  it("needs more than no fall to rise", () => {
    const flat = series({ 1: { value: 50, spread: 0 }, 2: { value: 50, spread: 0 } });
    expect(judge(claim("not-falling"), flat).verdict).toBe("confirmed");
    expect(judge(claim("rising"), flat).verdict).toBe("refuted");
  });

  it("is flat where highest and lowest are near enough", () => {
    const nearly = series({ 1: 98.6, 2: 99, 3: 98.8 });
    expect(judge(claim("flat", ", tolerance: 5%"), nearly)).toMatchObject({
      verdict: "confirmed",
      evidence:
        "link rate lies between 98.6 and 99 Gbps over rules 1 to 3, 3 values: highest / lowest 1 [1, 1.02], expected at most 1.05",
    });
    expect(judge(claim("flat", ", tolerance: 1%"), nearly).verdict).toBe("inconclusive");
    expect(judge(claim("flat", ", tolerance: 5%"), cliffed).verdict).toBe("refuted");
  });

  it("is not testable with a single value or with gaps, unless what is there refutes it", () => {
    expect(judge(claim("rising"), series({ 1: 5 })).evidence).toBe("the run has 1 value of rules, and 2 are needed");
    expect(judge(claim("falling"), [...cliffed, skipped])).toMatchObject({
      verdict: "not testable here",
      evidence: "rules 60k was skipped: no room",
    });
    expect(judge(claim("rising"), [...cliffed, skipped]).verdict).toBe("refuted");
    expect(judge(claim("rising"), []).evidence).toBe("the run has no point with a number as rules");
  });

  it("follows the ratio of two selections", () => {
    const points = [
      ...series({ 1: 10, 2: 20, 4: 40 }, { policy: "new" }),
      ...series({ 1: 10, 2: 15, 4: 20 }, { policy: "old" }),
    ];
    const ratio = (is: string) =>
      `monotone: { metric: link_rate, along: rules, of: { policy: new }, to: { policy: old }, is: ${is} }`;
    expect(judge(ratio("rising"), points)).toMatchObject({
      verdict: "confirmed",
      evidence: "ratio of link rate goes from 1 to 2 over rules 1 to 4, 3 values (last / first 2 [1.92, 2.08])",
    });
    expect(judge(ratio("falling"), points).verdict).toBe("refuted");
    expect(judge(ratio("rising"), points.slice(0, -1)).evidence).toContain("the run has no such point with policy old");
  });

  it("says so where a selection leaves two points", () => {
    const points = [...series({ 1: 1, 2: 2 }, { policy: "a" }), ...series({ 1: 1, 2: 2 }, { policy: "b" })];
    const claimed = "monotone: { metric: link_rate, along: rules, of: { policy: [a, b] }, is: rising }";
    expect(judge(claimed, points).evidence).toContain("both rules 1, a and rules 1, b fit; name one of them");
  });
});

describe("cliff", () => {
  const claim = (by: string, more = "") => `cliff: { metric: link_rate, along: rules, ${by}${more} }`;

  it("is confirmed with place and size", () => {
    expect(judge(claim("falls_by: 30x"), cliffed)).toMatchObject({ verdict: "confirmed" });
    expect(judge(claim("falls_by: 30x", ", between: [56k, 57k]"), cliffed).evidence).toBe(
      "link rate falls by 80.9 [79.3, 82.5] from rules 56k (34.7 Gbps) to 57k (429 Mbps), expected a jump of at least 30x",
    );
  });

  it("is refuted with the largest jump there is", () => {
    expect(judge(claim("falls_by: 300"), cliffed)).toMatchObject({ verdict: "refuted" });
    expect(judge(claim("falls_by: 300"), cliffed).evidence).toContain("falls by 80.9");
    expect(judge(claim("falls_by: 3", ", between: [1k, 56k]"), cliffed).verdict).toBe("refuted");
    expect(judge(claim("rises_by: 2"), cliffed).verdict).toBe("refuted");
  });

  it("is inconclusive where a jump may be large enough", () => {
    expect(judge(claim("falls_by: 80.9"), cliffed).verdict).toBe("inconclusive");
  });

  it("is not testable where no two neighbours are in the place, or where one was not measured", () => {
    expect(judge(claim("falls_by: 2", ", between: [60k, 61k]"), cliffed)).toMatchObject({
      verdict: "not testable here",
      evidence: "the run has no two neighbouring values of rules within 60k to 61k",
    });
    const gap = [...series({ 1000: 99, 2000: 98 }), point({ rules: 3000 }, {}, { status: "failed", reason: "died" })];
    expect(judge(claim("falls_by: 2"), gap)).toMatchObject({
      verdict: "not testable here",
      evidence: "rules 3k failed: died",
    });
    expect(judge(claim("falls_by: 2"), []).verdict).toBe("not testable here");
  });

  it("can be asked to stand where another metric jumps", () => {
    const points = [1, 2, 3, 4].map((rules) =>
      point(
        { rules },
        {
          link_rate: rules < 3 ? 90e9 : 1e9,
          latency_p50: rules < 3 ? 40_000 : 3e6,
          loss_ratio: rules < 2 ? 0.001 : 0.5,
        },
      ),
    );
    const beside = (metric: string) =>
      `cliff: { metric: latency_p50, along: rules, rises_by: 10, same_place_as: { metric: ${metric} } }`;
    expect(judge(beside("link_rate, falls_by: 30"), points)).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringContaining(
        "from rules 2 (40 us) to 3 (3 ms), expected a jump of at least 10x, where link_rate jumps too",
      ),
    });
    expect(judge(beside("loss_ratio, rises_by: 30"), points).verdict).toBe("refuted");
    expect(judge(beside("forwarding_rate, falls_by: 2"), points).verdict).toBe("not testable here");
  });

  it("looks for the other jump in the same series, not in another one's", () => {
    const points = ["a", "b"].flatMap((table) =>
      [1, 2, 3].map((rules) => {
        const place = table === "a" ? 1 : 2;
        return point({ table, rules }, { latency_p50: rules > place ? 3e6 : 4e4, link_rate: rules > 1 ? 1e9 : 90e9 });
      }),
    );
    const claimed = `cliff: { metric: latency_p50, along: rules, rises_by: 10, same_place_as: { metric: link_rate, falls_by: 30 } }`;
    const { verdict, details } = judge(claimed, points);
    expect(verdict).toBe("refuted");
    expect(details).toEqual([expect.stringMatching(/^confirmed: at a: /), expect.stringMatching(/^refuted: at b: /)]);
  });

  it("finds the other metric at points of another load", () => {
    const points = [1, 2].flatMap((rules) => [
      point({ rules, rate: "max" }, { link_rate: rules === 1 ? 90e9 : 1e9 }),
      point({ rules, rate: 5e6 }, { latency_p50: rules === 1 ? 40_000 : 3e6 }),
    ]);
    const claimed = `cliff: { metric: latency_p50, along: rules, rises_by: 10, where: { rate: 5M },
      same_place_as: { metric: link_rate, falls_by: 30, where: { rate: max } } }`;
    expect(judge(claimed, points).verdict).toBe("confirmed");
  });
});
