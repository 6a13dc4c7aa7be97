/**
 * Quantities with units. People write and read `40Gbps`, `5Mpps`, `64Ki`, `4M`, `250us`, `1500B`, `5%`;
 * everything inside is in base units: bit/s, frames/s, seconds, bytes, counts and ratios.
 *
 * Units are case-sensitive (`m` and `M` differ by 10^9). A plain number is taken as base units.
 */
import { z } from "zod";
import { UserError } from "./errors.js";
import { excerpt } from "./printable.js";

/** Units of metrics, as stored and as named in results. */
export const UNITS = [
  "frames/s",
  "bit/s",
  "op/s",
  "rules/s",
  "flows/s",
  "s",
  "ns",
  "cycles",
  "bytes",
  "count",
  "ratio",
] as const;

export type Unit = (typeof UNITS)[number];

export type DimensionName =
  "frame rate" | "flow rate" | "rule rate" | "bit rate" | "duration" | "byte count" | "count" | "share";

/** Bounds in base units, both inclusive. `min` is 0 unless given: no quantity here is negative. */
export interface Range {
  readonly min?: number;
  readonly max?: number;
}

/** Each parser throws {@link UserError} `QUANTITY_INVALID` with what to write instead. */
export const parseFrameRate = (text: string): number => parse("frame rate", text);
export const parseBitRate = (text: string): number => parse("bit rate", text);
export const parseDuration = (text: string): number => parse("duration", text);
export const parseBytes = (text: string): number => parse("byte count", text);
export const parseCount = (text: string): number => parse("count", text);
export const parseShare = (text: string): number => parse("share", text);

/** Schemas for zod: a number in base units or a text with unit becomes a number in base units. */
export const frameRateSchema = (range?: Range) => quantitySchema("frame rate", range);
export const flowRateSchema = (range?: Range) => quantitySchema("flow rate", range);
export const ruleRateSchema = (range?: Range) => quantitySchema("rule rate", range);
export const bitRateSchema = (range?: Range) => quantitySchema("bit rate", range);
export const durationSchema = (range?: Range) => quantitySchema("duration", range);
export const bytesSchema = (range?: Range) => quantitySchema("byte count", range);
export const countSchema = (range?: Range) => quantitySchema("count", range);
export const shareSchema = (range?: Range) => quantitySchema("share", { max: 1, ...range });

/** A text of any dimension, or undefined; a bare number is a `count` if whole, else a `share`. */
export function parseQuantity(text: string): { readonly value: number; readonly dimension: DimensionName } | undefined {
  for (const dimension of ["count", "share", "frame rate", "bit rate", "duration", "byte count"] as const) {
    const value = toBase(dimension, text);
    if (value !== undefined) return { value, dimension };
  }
  return undefined;
}

/**
 * Factor from a unit as written, such as `Gbps`, to the unit of a metric, such as `bit/s`; undefined if it is none of that
 * dimension. Without a unit, values are in the metric's own.
 */
export function factorTo(unit: Unit, written: string): number | undefined {
  if (written === "" || written === unit) return 1;
  const units = UNITS_FOR[unit];
  return units !== undefined && Object.hasOwn(units, written) ? units[written] : undefined;
}

/** Short text with three significant digits, such as `12.3 Mpps`, `250 us`, `2 MiB`, `1.5%`, `64Ki`. */
export function formatQuantity(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return "n/a";
  if (value < 0) return `-${formatQuantity(-value, unit)}`;
  return FORMATTERS[unit](value);
}

interface Dimension {
  /** What to write, for the error message. */
  readonly advice: string;
  readonly examples: readonly string[];
  /** Factor to base units by unit text; "" is the bare number. */
  readonly units: Readonly<Record<string, number>>;
  readonly whole: boolean;
}

const DIMENSIONS: Readonly<Record<DimensionName, Dimension>> = {
  "frame rate": {
    advice: "frames per second such as 5Mpps or 500kpps",
    examples: ["5Mpps", "500kpps"],
    units: { "": 1, ...prefixed("pps"), ...prefixed("fps") },
    whole: false,
  },
  "flow rate": {
    advice: "flows per second such as 200kfps or 1Mfps",
    examples: ["200kfps"],
    units: { "": 1, ...prefixed("fps"), ...prefixed("flows/s") },
    whole: false,
  },
  "rule rate": {
    advice: "rules per second such as 10k or 10krules/s",
    examples: ["10k", "500krules/s"],
    units: { ...prefixed(""), ...prefixed("rules/s") },
    whole: false,
  },
  "bit rate": {
    advice: "bits per second such as 40Gbps or 500Mbps",
    examples: ["40Gbps", "500Mbps"],
    units: { "": 1, ...prefixed("bps"), ...prefixed("bit/s") },
    whole: false,
  },
  duration: {
    advice: "a time such as 2s, 500ms or 250us",
    examples: ["2s", "500ms", "250us"],
    units: { "": 1, ns: 1e-9, us: 1e-6, µs: 1e-6, ms: 1e-3, s: 1, min: 60, h: 3600 },
    whole: false,
  },
  "byte count": {
    advice: "whole bytes such as 1500B, 64KiB or 2MiB",
    examples: ["1500B", "2MiB"],
    units: { "": 1, ...prefixed("B"), KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 },
    whole: true,
  },
  count: {
    advice: "a whole number such as 500, 4M (4,000,000) or 64Ki (65,536)",
    examples: ["4M", "64Ki"],
    units: { ...prefixed(""), Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 },
    whole: true,
  },
  share: {
    advice: "a share such as 5% or 0.05",
    examples: ["5%"],
    units: { "": 1, "%": 0.01 },
    whole: false,
  },
};

function prefixed(unit: string): Record<string, number> {
  return { [unit]: 1, [`k${unit}`]: 1e3, [`M${unit}`]: 1e6, [`G${unit}`]: 1e9, [`T${unit}`]: 1e12 };
}

/** Units that can be converted to that of a metric, with their factors. */
const UNITS_FOR: Readonly<Partial<Record<Unit, Readonly<Record<string, number>>>>> = {
  "frames/s": DIMENSIONS["frame rate"].units,
  "flows/s": DIMENSIONS["flow rate"].units,
  "bit/s": DIMENSIONS["bit rate"].units,
  s: DIMENSIONS.duration.units,
  ns: Object.fromEntries(Object.entries(DIMENSIONS.duration.units).map(([name, factor]) => [name, scale(factor, 1e9)])),
  bytes: DIMENSIONS["byte count"].units,
  count: DIMENSIONS.count.units,
  ratio: DIMENSIONS.share.units,
  "op/s": prefixed("op/s"),
};

const NUMBER_AND_UNIT = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) ?([^\d\s]*)$/;

function toBase(dimension: DimensionName, text: string): number | undefined {
  const { units, whole } = DIMENSIONS[dimension];
  const [, digits, unit] = NUMBER_AND_UNIT.exec(text.trim()) ?? [];
  if (digits === undefined || unit === undefined || !Object.hasOwn(units, unit)) return undefined;
  const value = scale(Number(digits), units[unit] ?? 1);
  return Number.isFinite(value) ? checkWhole(value, whole) : undefined;
}

/** Multiplies without the noise of binary fractions: 1.1M is 1100000, not 1100000.0000000001. */
function scale(value: number, factor: number): number {
  return factor === 1 ? value : Number((value * factor).toPrecision(15));
}

function parse(dimension: DimensionName, text: string): number {
  const value = toBase(dimension, text);
  if (value === undefined) throw new UserError("QUANTITY_INVALID", `${complaint(dimension, text)}.`);
  return value;
}

function complaint(dimension: DimensionName, input: unknown): string {
  const given = typeof input === "string" ? `'${excerpt(input)}'` : (JSON.stringify(input) ?? String(input));
  const other = typeof input === "string" ? parseQuantity(input)?.dimension : undefined;
  const but = other === undefined || other === "count" || other === "share" ? "" : ` but a ${other}`;
  return `${given} is not a ${dimension}${but}; write ${DIMENSIONS[dimension].advice}`;
}

function quantitySchema(dimension: DimensionName, range: Range = {}): z.ZodType<number, number | string> {
  const { advice, examples, whole } = DIMENSIONS[dimension];
  const error = (issue: { readonly input?: unknown }): string =>
    issue.input === undefined ? `missing; write ${advice}` : complaint(dimension, issue.input);
  return z
    .union([z.number(), z.string().meta({ pattern: patternOf(dimension), examples: [...examples] })], { error })
    .transform((input, context) => {
      const value = typeof input === "string" ? toBase(dimension, input) : checkWhole(input, whole);
      const problem = value === undefined ? complaint(dimension, input) : outOfRange(dimension, value, input, range);
      if (value !== undefined && problem === undefined) return value;
      context.addIssue({ code: "custom", message: problem, input });
      return z.NEVER;
    });
}

function checkWhole(value: number, whole: boolean): number | undefined {
  return !whole || Number.isSafeInteger(value) ? value : undefined;
}

/** For editors, which check a text by this before nicbench sees it. */
function patternOf(dimension: DimensionName): string {
  const units = Object.keys(DIMENSIONS[dimension].units).filter((unit) => unit !== "");
  return `^[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)? ?(${units.join("|")})?$`;
}

function outOfRange(dimension: DimensionName, value: number, input: unknown, range: Range): string | undefined {
  const { min = 0, max = Infinity } = range;
  const given = typeof input === "string" ? `'${excerpt(input)}'` : String(input);
  const bound = (limit: number): string => formatQuantity(limit, UNIT_OF[dimension]).replace(" ", "");
  if (value < min) return `${given} is too small; write a ${dimension} of at least ${bound(min)}`;
  if (value > max) return `${given} is too large; write a ${dimension} of at most ${bound(max)}`;
  return undefined;
}

const UNIT_OF: Readonly<Record<DimensionName, Unit>> = {
  "frame rate": "frames/s",
  "flow rate": "flows/s",
  "rule rate": "rules/s",
  "bit rate": "bit/s",
  duration: "s",
  "byte count": "bytes",
  count: "count",
  share: "ratio",
};

type Formatter = (value: number) => string;

const FORMATTERS: Readonly<Record<Unit, Formatter>> = {
  "frames/s": decimal((prefix) => ` ${prefix}pps`),
  "bit/s": decimal((prefix) => ` ${prefix}bps`),
  "op/s": decimal((prefix) => ` ${prefix}op/s`),
  "rules/s": decimal((prefix) => `${prefix} rules/s`),
  "flows/s": decimal((prefix) => `${prefix} flows/s`),
  cycles: decimal((prefix) => `${prefix} cycles`),
  count: (value) => formatBinaryCount(value) ?? decimal((prefix) => prefix)(value),
  bytes: (value) => steps(value, 1024, [" B", " KiB", " MiB", " GiB", " TiB"]),
  s: formatSeconds,
  ns: (value) => formatSeconds(value * 1e-9),
  ratio: (value) => `${digits(value * 100)}%`,
};

function decimal(suffix: (prefix: string) => string): Formatter {
  return (value) => steps(value, 1000, ["", "k", "M", "G", "T"].map(suffix));
}

/** Divides by `base` until the number is short, and names the step reached. */
function steps(value: number, base: number, suffixes: readonly string[]): string {
  let scaled = value;
  let step = 0;
  while (Number(digits(scaled)) >= base && step < suffixes.length - 1) {
    scaled /= base;
    step += 1;
  }
  return `${digits(scaled)}${suffixes[step] ?? ""}`;
}

function formatSeconds(value: number): string {
  if (value === 0) return "0 s";
  const units = [
    [1, "s"],
    [1e-3, "ms"],
    [1e-6, "us"],
  ] as const;
  const [factor, unit] = units.find(([limit]) => Number(digits(value / limit)) >= 1) ?? ([1e-9, "ns"] as const);
  return `${digits(value / factor)} ${unit}`;
}

/** 65536 reads better as `64Ki` than as `65.5k`; 64000 is `64k`. */
function formatBinaryCount(value: number): string | undefined {
  if (value === 0 || value % 1024 !== 0 || Number(value.toPrecision(3)) === value) return undefined;
  const step = [2 ** 30, 2 ** 20, 2 ** 10].find((size) => value % size === 0) ?? 1;
  const names: Readonly<Record<number, string>> = { [2 ** 10]: "Ki", [2 ** 20]: "Mi", [2 ** 30]: "Gi" };
  return value / step < 1024 ? `${value / step}${names[step] ?? ""}` : undefined;
}

/** Three significant digits, four from 1000 on (binary prefixes reach 1023), without trailing zeros. */
function digits(value: number): string {
  return String(Number(value.toPrecision(value >= 1000 ? 4 : 3)));
}
