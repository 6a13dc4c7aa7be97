import { describe, expect, it } from "vitest";
import { numberOf, sameValue, threshold, thresholdExample } from "../../../src/paper/language/threshold.js";
import type { Unit } from "../../../src/results/model.js";

describe("limits with units", () => {
  it.each<[string | number, Unit, number]>([
    ["97Gbps", "bit/s", 97e9],
    ["5Mpps", "frames/s", 5e6],
    ["250us", "ns", 250_000],
    ["1.5ms", "ns", 1_500_000],
    ["250", "ns", 250],
    ["250us", "s", 250e-6],
    ["5%", "ratio", 0.05],
    ["1.5x", "ratio", 1.5],
    ["500k", "rules/s", 500_000],
    ["500krules/s", "rules/s", 500_000],
    ["500k rules/s", "rules/s", 500_000],
    ["20Mop/s", "op/s", 20e6],
    ["20Mops", "op/s", 20e6],
    ["200kfps", "flows/s", 200_000],
    ["64Ki", "count", 65_536],
    ["0.5", "count", 0.5],
    ["150 cycles", "cycles", 150],
    ["1.2k", "cycles", 1200],
    ["64MiB", "bytes", 2 ** 26],
    [42, "bit/s", 42],
  ])("%s is a limit in %s", (written, unit, value) => {
    expect(threshold(written, unit)).toBe(value);
  });

  it.each<[string, Unit]>([
    ["97Gbps", "frames/s"],
    ["5Mpps", "bit/s"],
    ["5%", "ns"],
    ["fast", "bit/s"],
    ["", "count"],
    ["1e400", "count"],
    ["-5", "bit/s"],
    ["500kfps", "rules/s"],
  ])("'%s' is no limit in %s", (written, unit) => {
    expect(threshold(written, unit)).toBeUndefined();
  });

  it("have an example for every unit, which is one", () => {
    const units: Unit[] = ["frames/s", "bit/s", "op/s", "rules/s", "flows/s", "s", "ns", "cycles", "bytes", "count"];
    for (const unit of [...units, "ratio" as const]) expect(threshold(thresholdExample(unit), unit)).toBeGreaterThan(0);
  });
});

describe("values of parameters", () => {
  it.each([
    ["64Ki", 65_536],
    ["1M", 1_000_000],
    ["1ms", 0.001],
    ["10%", 0.1],
    ["1Mpps", 1_000_000],
    ["4", 4],
  ])("written as %s mean the number %s", (written, value) => {
    expect(sameValue(written, value)).toBe(true);
  });

  it("are texts where the points have texts", () => {
    expect(sameValue("5M", "5M")).toBe(true);
    expect(sameValue(5, "5")).toBe(true);
    expect(sameValue("5M", "5000000")).toBe(false);
  });

  it("are not mixed up with others", () => {
    expect(sameValue("max", 1)).toBe(false);
    expect(sameValue(true, "false")).toBe(false);
    expect(sameValue("1", true)).toBe(false);
    expect(numberOf(true)).toBeUndefined();
  });
});
