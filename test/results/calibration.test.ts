import { describe, expect, it } from "vitest";
import { calibrationSchema, ceilingAt, isNearCeiling } from "../../src/results/calibration.js";
import { calibration } from "./calibration_sample.js";

describe("the generator's ceiling", () => {
  it("is what was measured at the sizes that were measured", () => {
    expect(ceilingAt(calibration(), 64)).toBeCloseTo(1e7);
    expect(ceilingAt(calibration(), 1518)).toBeCloseTo(1e6);
  });

  it("lies between them by the time that a frame takes", () => {
    expect(ceilingAt(calibration(), (64 + 1518) / 2)).toBeCloseTo(1 / 550e-9);
  });

  it("is that of the nearest size beyond them", () => {
    expect(ceilingAt(calibration(), 2052)).toBeCloseTo(1e6);
  });

  it("is near from 95 % of it on", () => {
    expect(isNearCeiling(calibration(), 0.951e7, 64)).toBe(true);
    expect(isNearCeiling(calibration(), 0.949e7, 64)).toBe(false);
    expect(isNearCeiling(calibration(), 0.951e6, 1518)).toBe(true);
  });

  it("needs two sizes", () => {
    expect(calibrationSchema.safeParse(calibration()).success).toBe(true);
    expect(calibrationSchema.safeParse(calibration({ ceilings: [] })).success).toBe(false);
  });
});
