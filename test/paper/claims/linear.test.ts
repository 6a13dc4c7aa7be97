import { describe, expect, it } from "vitest";
import { line } from "../../../src/paper/claims/resample.js";
import { judge, point } from "../run.js";

describe("a straight line through points", () => {
  it("has the slope and the share of variance of least squares", () => {
    expect(line([1, 2, 3], [1, 3, 2]).slope).toBeCloseTo(0.5);
    expect(line([1, 2, 3], [1, 3, 2]).r2).toBeCloseTo(0.25);
    expect(line([1, 2, 3], [6, 4, 2]).slope).toBeCloseTo(-2);
    expect(line([1, 1], [1, 2])).toEqual({ slope: 0, r2: 0 });
  });
});

describe("linear", () => {
  const shares = (rate: (share: number) => number, spread = 0.005) =>
    [0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9].map((share) =>
      point({ share }, { link_rate: { value: rate(share) * 1e9, spread } }),
    );
  const claim = (more: string) => `linear: { metric: link_rate, along: share, ${more} }`;

  it("is confirmed for a straight line in the right direction", () => {
    const line = shares((share) => 90 - 80 * share);
    expect(judge(claim("r2: 0.97, is: falling"), line)).toMatchObject({
      verdict: "confirmed",
      evidence: expect.stringMatching(
        /^link rate from 90 to 18 Gbps over share 0 to 0.9, 7 values: R² 1 \[.*, expected a falling line with at least 0.97$/,
      ),
    });
    expect(judge(claim("r2: 0.97, is: rising"), line).verdict).toBe("refuted");
  });

  it("is refuted for a curve, and for no slope at all", () => {
    expect(
      judge(
        claim("r2: 0.97"),
        shares((share) => 90 / (1 + 20 * share)),
      ).verdict,
    ).toBe("refuted");
    expect(
      judge(
        claim("r2: 0.97"),
        shares(() => 90, 0),
      ).verdict,
    ).toBe("refuted");
  });

  it("is inconclusive where the noise may hide a line", () => {
    expect(
      judge(
        claim("r2: 0.99"),
        shares((share) => 90 - 30 * share, 0.04),
      ).verdict,
    ).toBe("inconclusive");
  });

  it("is not testable with two points, which are always on a line", () => {
    expect(judge(claim("r2: 0.9"), shares((share) => 90 - share).slice(0, 2)).evidence).toBe(
      "the run has 2 values of share, and 3 are needed",
    );
  });
});
