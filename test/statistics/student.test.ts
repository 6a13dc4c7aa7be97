import { describe, expect, it } from "vitest";
import { studentCdf, studentQuantile } from "../../src/statistics/student.js";

describe("Student's t distribution", () => {
  it("gives the quantiles of the printed tables", () => {
    const upper = [31.82051595, 3.74694739, 2.82143793]; // 99 %, by scipy.stats.t.ppf
    for (const [index, freedom] of [1, 4, 9].entries()) {
      expect(studentQuantile(0.99, freedom)).toBeCloseTo(upper[index] ?? 0, 6);
      expect(studentQuantile(0.01, freedom)).toBeCloseTo(-(upper[index] ?? 0), 6);
    }
  });

  it("is Cauchy's with one degree of freedom, and symmetric", () => {
    for (const t of [-30, -1, 0, 0.5, 12]) {
      expect(studentCdf(t, 1)).toBeCloseTo(0.5 + Math.atan(t) / Math.PI, 9);
      expect(studentCdf(t, 7.5) + studentCdf(-t, 7.5)).toBeCloseTo(1, 9);
    }
    expect(studentCdf(2, 3)).toBeCloseTo(0.9303370157, 9); // scipy.stats.t.cdf
  });
});
