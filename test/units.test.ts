import { describe, expect, it } from "vitest";
import { UserError } from "../src/errors.js";
import {
  bitRateSchema,
  bytesSchema,
  countSchema,
  durationSchema,
  formatQuantity,
  frameRateSchema,
  parseBitRate,
  parseBytes,
  parseCount,
  parseDuration,
  parseFrameRate,
  parseQuantity,
  parseShare,
  shareSchema,
  type Unit,
} from "../src/units.js";

describe("parsers", () => {
  it.each([
    [parseBitRate, "40Gbps", 40e9],
    [parseBitRate, "2.5 Gbit/s", 2.5e9],
    [parseFrameRate, "5Mpps", 5e6],
    [parseFrameRate, "200kfps", 200_000],
    [parseCount, "64Ki", 65_536],
    [parseCount, "4M", 4_000_000],
    [parseCount, "1.1M", 1_100_000],
    [parseDuration, "250us", 0.00025],
    [parseDuration, "250µs", 0.00025],
    [parseDuration, "500ms", 0.5],
    [parseDuration, "2s", 2],
    [parseDuration, "1.5min", 90],
    [parseBytes, "1500B", 1500],
    [parseBytes, "2MiB", 2_097_152],
    [parseBytes, "2MB", 2_000_000],
    [parseShare, "5%", 0.05],
    [parseShare, "0.05", 0.05],
    [parseFrameRate, " 1e6 ", 1e6],
  ])("%o turns %s into base units", (parse, text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    [parseFrameRate, "5Mbit", "'5Mbit' is not a frame rate; write frames per second such as 5Mpps or 500kpps."],
    [parseFrameRate, "40Gbps", "'40Gbps' is not a frame rate but a bit rate; write frames per second such as"],
    [parseFrameRate, "5M", "'5M' is not a frame rate; write"],
    [parseCount, "1.5", "'1.5' is not a count; write a whole number"],
    [parseCount, "64K", "'64K' is not a count"],
    [parseCount, "99999999999999999999", "is not a count"],
    [parseDuration, "-1s", "'-1s' is not a duration"],
    [parseDuration, "2 S", "'2 S' is not a duration; write a time such as 2s, 500ms or 250us."],
    [parseBytes, "", "'' is not a byte count"],
    [parseShare, "constructor", "'constructor' is not a share"],
    [parseDuration, "1constructor", "'1constructor' is not a duration"],
    [parseDuration, "1e999s", "'1e999s' is not a duration"],
  ])("%o refuses %s and says what to write", (parse, text, message) => {
    expect(() => parse(text)).toThrow(UserError);
    expect(() => parse(text)).toThrow(message);
  });

  it("tells the dimension of a text from its unit", () => {
    expect(parseQuantity("64Ki")).toEqual({ value: 65_536, dimension: "count" });
    expect(parseQuantity("1Mpps")).toEqual({ value: 1e6, dimension: "frame rate" });
    expect(parseQuantity("5%")).toEqual({ value: 0.05, dimension: "share" });
    expect(parseQuantity("cuckoo")).toBeUndefined();
  });
});

describe("schemas", () => {
  const messageOf = (result: { error?: { issues: readonly { message: string }[] } | undefined }): string =>
    result.error?.issues.map(({ message }) => message).join() ?? "accepted";

  it("take numbers as base units and texts with units", () => {
    expect(frameRateSchema().parse(1000)).toBe(1000);
    expect(frameRateSchema().parse("1kpps")).toBe(1000);
    expect(bitRateSchema().parse("100Gbps")).toBe(100e9);
    expect(bytesSchema().parse("64KiB")).toBe(65_536);
    expect(countSchema().parse("1M")).toBe(1e6);
    expect(durationSchema().parse("500ms")).toBe(0.5);
    expect(shareSchema().parse("2%")).toBe(0.02);
  });

  it("name the value, its dimension and a right example", () => {
    expect(messageOf(frameRateSchema().safeParse("5Mbit"))).toBe(
      "'5Mbit' is not a frame rate; write frames per second such as 5Mpps or 500kpps",
    );
    expect(messageOf(frameRateSchema().safeParse(true))).toMatch(/^true is not a frame rate; write/);
    expect(messageOf(countSchema().safeParse(1.5))).toMatch(/^1.5 is not a count; write a whole number/);
    expect(messageOf(durationSchema().safeParse(undefined))).toBe("missing; write a time such as 2s, 500ms or 250us");
  });

  it("hold values to their range, which starts at 0 unless given", () => {
    expect(messageOf(countSchema({ min: 1 }).safeParse(0))).toBe("0 is too small; write a count of at least 1");
    expect(messageOf(countSchema().safeParse(-5))).toBe("-5 is too small; write a count of at least 0");
    expect(messageOf(shareSchema().safeParse("120%"))).toBe("'120%' is too large; write a share of at most 100%");
    expect(messageOf(durationSchema({ max: 60 }).safeParse("2h"))).toBe(
      "'2h' is too large; write a duration of at most 60s",
    );
    expect(messageOf(shareSchema({ min: 0.5 }).safeParse(2))).toBe("2 is too large; write a share of at most 100%");
  });
});

describe("formatQuantity", () => {
  it.each<[number, Unit, string]>([
    [12_345_678, "frames/s", "12.3 Mpps"],
    [999_999, "frames/s", "1 Mpps"],
    [950, "frames/s", "950 pps"],
    [98.76e9, "bit/s", "98.8 Gbps"],
    [44e6, "op/s", "44 Mop/s"],
    [1200, "rules/s", "1.2k rules/s"],
    [3e6, "flows/s", "3M flows/s"],
    [812, "ns", "812 ns"],
    [1500, "ns", "1.5 us"],
    [2_345_678, "ns", "2.35 ms"],
    [0.3, "ns", "0.3 ns"],
    [2, "s", "2 s"],
    [0.9999, "s", "1 s"],
    [0.5, "s", "500 ms"],
    [0, "s", "0 s"],
    [1500, "bytes", "1.46 KiB"],
    [1023, "bytes", "1023 B"],
    [2_097_152, "bytes", "2 MiB"],
    [0.0123, "ratio", "1.23%"],
    [0, "ratio", "0%"],
    [231.4, "cycles", "231 cycles"],
    [65_536, "count", "64Ki"],
    [1_048_576, "count", "1Mi"],
    [64_000, "count", "64k"],
    [1_234_567, "count", "1.23M"],
    [0, "count", "0"],
    [-1500, "ns", "-1.5 us"],
    [NaN, "ns", "n/a"],
    [Infinity, "frames/s", "n/a"],
  ])("writes %d %s as %s", (value, unit, text) => {
    expect(formatQuantity(value, unit)).toBe(text);
  });

  it("writes what its parser reads back, to three digits", () => {
    const pairs = [
      ["frames/s", parseFrameRate],
      ["bit/s", parseBitRate],
      ["s", parseDuration],
      ["ratio", parseShare],
      ["count", parseCount],
      ["bytes", parseBytes],
    ] as const;
    for (const [unit, parse] of pairs) {
      for (const mantissa of [1, 1.5, 2.34, 7.77, 9.99]) {
        for (let exponent = unit === "s" || unit === "ratio" ? -6 : 3; exponent <= 9; exponent += 1) {
          if (unit === "bytes" && mantissa !== 1) continue;
          const value = unit === "bytes" ? 2 ** (exponent * 4) : Number(`${mantissa}e${exponent}`);
          expect(parse(formatQuantity(value, unit)), `${value} ${unit}`).toBeCloseTo(value, value < 1 ? 12 : 0);
        }
      }
    }
  });
});
