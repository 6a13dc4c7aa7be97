/** Numbers and points in the words of evidence: short, with units, never ambiguous. */
import type { ParamValue, Unit } from "../../results/model.js";
import { formatQuantity } from "../../units.js";
import type { Estimate, Limits } from "./estimate.js";
import type { PointView } from "./points.js";

/** `48.2 > 46.1 Mpps` needs its unit once: the unit of all but the last is left out where it is the same. */
export function quantityTexts(values: readonly number[], unit: Unit): readonly string[] {
  const texts = values.map((value) => formatQuantity(value, unit));
  if (new Set(texts.map(unitOf)).size !== 1) return texts;
  return texts.map((text, index) => (index === texts.length - 1 ? text : numberPart(text)));
}

/** `12.3 [12.1, 12.6] Mpps`; no interval for a single trial. */
export function estimateText({ median, low, high }: Estimate, unit: Unit): string {
  const middle = formatQuantity(median, unit);
  if (!Number.isFinite(low) || !Number.isFinite(high)) return middle;
  const ends = [low, high].map((value) => formatQuantity(value, unit));
  if (new Set([middle, ...ends].map(unitOf)).size !== 1) return `${middle} [${ends.join(", ")}]`;
  return `${numberPart(middle)} [${ends.map(numberPart).join(", ")}]${unitOf(middle)}`;
}

/** A prefix that follows the number without a space is part of it: `12.3k rules/s`. */
function numberPart(text: string): string {
  return text.slice(0, text.length - unitOf(text).length);
}

function unitOf(text: string): string {
  const space = text.indexOf(" ");
  return space < 0 ? "" : text.slice(space);
}

/** `1.05 [1.03, 1.07]` */
export function ratioText({ median, low, high }: Estimate): string {
  if (!Number.isFinite(low)) return numberText(median);
  return `${numberText(median)} [${numberText(low)}, ${numberText(high)}]`;
}

export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(Number(value.toPrecision(3)));
  return Number.isNaN(value) ? "n/a" : "∞";
}

/** `at least 5`, `1.15 to 1.4`. */
export function limitsText({ atLeast, atMost, above, below }: Limits, show: (value: number) => string): string {
  if (atLeast !== undefined && atMost !== undefined) return `${show(atLeast)} to ${show(atMost)}`;
  const parts = [
    ...(atLeast === undefined ? [] : [`at least ${show(atLeast)}`]),
    ...(above === undefined ? [] : [`above ${show(above)}`]),
    ...(atMost === undefined ? [] : [`at most ${show(atMost)}`]),
    ...(below === undefined ? [] : [`below ${show(below)}`]),
  ];
  return parts.join(" and ");
}

/** `64Ki`, `0.95`, `max`; texts from files on one line, and not too long. */
export function paramText(value: ParamValue): string {
  if (typeof value === "number")
    return value < 0 || !Number.isFinite(value) ? String(value) : formatQuantity(value, "count");
  const text = String(value).replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** `rules 57k`, `robin-map`: text values speak for themselves. */
export function paramLabel(name: string, value: ParamValue): string {
  const short = name.slice(name.lastIndexOf(".") + 1).replaceAll("_", " ");
  return typeof value === "string" && value !== "max" ? paramText(value) : `${short} ${paramText(value)}`;
}

export function labelText(entries: readonly (readonly [string, ParamValue])[]): string {
  return entries.map(([name, value]) => paramLabel(name, value)).join(", ");
}

/** The point by these of its parameters, or by all that are swept. */
export function pointText({ all, swept }: PointView, names: readonly string[]): string {
  const own = names.filter((name) => all.has(name));
  const shown = own.length > 0 ? own : swept;
  return labelText(shown.flatMap((name) => [[name, all.get(name) ?? ""] as const])) || "the point";
}

/** `link_rate` as a word. */
export function metricText(metric: string): string {
  return metric.replaceAll("_", " ");
}
