/** Units of axes and table columns: one SI prefix for all their values. */
import { formatQuantity } from "../units.js";
import type { Unit } from "../results/model.js";

export interface AxisUnit {
  /** Stored value = shown value x factor. */
  readonly factor: number;
  /** `Mpps`, `Gbps`, `µs`, `%`; empty for plain counts. */
  readonly symbol: string;
}

type Steps = readonly (readonly [factor: number, symbol: string])[];

/** Ascending; the last one that the typical value reaches is taken, else the first. */
const STEPS: Readonly<Record<Unit, Steps>> = {
  "frames/s": decimal(["pps", "kpps", "Mpps", "Gpps"]),
  "bit/s": decimal(["bps", "kbps", "Mbps", "Gbps", "Tbps"]),
  "op/s": decimal(["op/s", "kop/s", "Mop/s", "Gop/s"]),
  "rules/s": decimal(["rules/s", "thousand rules/s", "million rules/s"]),
  "flows/s": decimal(["flows/s", "thousand flows/s", "million flows/s"]),
  s: [
    [1e-9, "ns"],
    [1e-6, "µs"],
    [1e-3, "ms"],
    [1, "s"],
  ],
  ns: decimal(["ns", "µs", "ms", "s"]),
  cycles: [
    [1, "cycles"],
    [1e4, "thousand cycles"],
    [1e6, "million cycles"],
  ],
  bytes: [
    [1, "B"],
    [2 ** 10, "KiB"],
    [2 ** 20, "MiB"],
    [2 ** 30, "GiB"],
  ],
  count: [
    [1, ""],
    [1e4, "thousand"],
    [1e6, "million"],
    [1e9, "billion"],
  ],
  ratio: [[0.01, "%"]],
};

function decimal(symbols: readonly string[]): Steps {
  return symbols.map((symbol, step) => [10 ** (3 * step), symbol]);
}

/** Unit in which a value such as `typical` reads best. */
export function axisUnit(unit: Unit, typical: number): AxisUnit {
  const reached = STEPS[unit].filter(([factor]) => Math.abs(typical) >= factor).at(-1) ?? STEPS[unit][0];
  const [factor, symbol] = reached ?? [1, ""];
  return { factor: factor === 1e4 ? 1e3 : factor, symbol };
}

/** `Forwarding rate (Mpps)`; no brackets for counts, nor for a title that names the unit: `Cycles per frame`. */
export function withUnit(title: string, { symbol }: AxisUnit): string {
  return symbol === "" || title.toLowerCase().includes(symbol) ? title : `${title} (${symbol})`;
}

/**
 * Bounds and ticks of a logarithmic axis over positive values. Bounds are at 1, 2 or 5 times a power of ten;
 * ticks are there too, but over more than two and a half decades at powers of ten only.
 */
export function logAxis(least: number, most: number): { readonly domain: [number, number]; readonly ticks: number[] } {
  const first = Math.floor(Math.log10(least));
  const decades = Array.from({ length: Math.ceil(Math.log10(most)) - first + 1 }, (_, i) => 10 ** (first + i));
  const steps = decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]);
  const low = steps.findLast((step) => step <= least) ?? least;
  const high = steps.find((step) => step >= most && step > low) ?? most;
  const ticks = Math.log10(high / low) > 2.5 ? decades : steps;
  return { domain: [low, high], ticks: ticks.filter((tick) => tick >= low && tick <= high) };
}

/** Vega expression of an axis tick's label, in the axis's unit. */
export function tickExpression({ factor }: AxisUnit): string {
  return factor === 1 ? "format(datum.value, ',~r')" : `format(datum.value / ${factor}, ',~r')`;
}

/** The number alone, in the axis's unit, with three significant digits: `12.3`, `1.00`, `1,203`. */
export function scaledText(value: number, { factor }: AxisUnit): string {
  return threeDigits(value / factor);
}

/** The value with its own best unit: `12.3 Mpps`, `250 µs`. */
export function quantityText(value: number, unit: Unit): string {
  return formatQuantity(value, unit).replace(/\bus$/, "µs");
}

/** An interval with one unit: `12.1–12.6 Mpps`. */
export function rangeText([low, high]: readonly [number, number], unit: Unit): string {
  const axis = axisUnit(unit, high);
  return `${scaledText(low, axis)}–${scaledText(high, axis)} ${axis.symbol}`.trimEnd();
}

function threeDigits(value: number): string {
  if (value === 0 || !Number.isFinite(value)) return Number.isFinite(value) ? "0" : "n/a";
  const size = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  if (size < -4) return value.toExponential(1);
  const decimals = Math.max(0, 2 - size);
  return value.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
