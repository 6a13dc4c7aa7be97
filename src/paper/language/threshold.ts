/** Limits written with units, read in the unit of what they are compared with. */
import type { ParamValue, Unit } from "../../results/model.js";
import { parseBitRate, parseBytes, parseDuration, parseFrameRate, parseQuantity, parseShare } from "../../units.js";
import { parseFactor, type Quantity, type Scalar } from "./values.js";

/**
 * `97Gbps` for a metric in bit/s is 97e9; `250us` for one in ns is 250000; a bare number is in the metric's unit.
 * Undefined if the text is no quantity of that unit.
 */
export function threshold(written: Quantity, unit: Unit): number | undefined {
  if (typeof written === "number") return written;
  const value = parsed(() => READERS[unit](written.trim()));
  return value === undefined || Number.isFinite(value) ? value : undefined;
}

/** What to write for a metric of this unit. */
export function thresholdExample(unit: Unit): string {
  return EXAMPLES[unit];
}

/** The number that a parameter's value is or stands for: 65536 and `64Ki`, undefined for `max`. */
export function numberOf(value: ParamValue): number | undefined {
  if (typeof value === "boolean") return undefined;
  return typeof value === "number" ? value : parseQuantity(value)?.value;
}

/** Whether a written value means a point's value: `64Ki` is 65536, unless the points have the text itself. */
export function sameValue(written: Scalar, value: ParamValue): boolean {
  if (typeof written === typeof value) return written === value;
  if (typeof value === "number" && typeof written === "string") return nearlyEqual(numberOf(written), value);
  return typeof value === "string" && String(written) === value;
}

/** Apart by rounding only. */
function nearlyEqual(a: number | undefined, b: number): boolean {
  return a !== undefined && Math.abs(a - b) <= 1e-9 * Math.abs(b);
}

type Reader = (text: string) => number | undefined;

const READERS: Readonly<Record<Unit, Reader>> = {
  "frames/s": parseFrameRate,
  "bit/s": parseBitRate,
  "op/s": counted(/ ?op(s|\/s)$/),
  "rules/s": counted(/ ?rules\/s$/),
  "flows/s": counted(/ ?(flows\/s|fps)$/),
  s: parseDuration,
  ns: (text) => (isPlain(text) ? Number(text) : Number((parseDuration(text) * 1e9).toPrecision(15))),
  cycles: counted(/ ?cycles$/),
  bytes: parseBytes,
  count: counted(/$/),
  ratio: (text) => (text.endsWith("x") ? parseFactor(text) : parseShare(text)),
};

const EXAMPLES: Readonly<Record<Unit, string>> = {
  "frames/s": "5Mpps",
  "bit/s": "97Gbps",
  "op/s": "20Mop/s",
  "rules/s": "500krules/s",
  "flows/s": "200kflows/s",
  s: "1.5s",
  ns: "250us",
  cycles: "150",
  bytes: "64MiB",
  count: "64Ki",
  ratio: "5%",
};

const PREFIXES: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
};

const COUNTED = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?) ?([kMG]|[KMG]i)?$/;

/** A number with prefix, before the unit's own name or without it: `500k`, `500krules/s`. */
function counted(unitName: RegExp): Reader {
  return (text) => {
    const [, digits, prefix = ""] = COUNTED.exec(text.replace(unitName, "")) ?? [];
    const factor = PREFIXES[prefix];
    return digits === undefined || factor === undefined ? undefined : Number((Number(digits) * factor).toPrecision(15));
  };
}

function isPlain(text: string): boolean {
  return /^\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text);
}

/** The parsers of units.ts throw on what is not theirs. */
function parsed(read: () => number | undefined): number | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
