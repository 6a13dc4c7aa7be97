/** Parameters as people read them: `traffic.flows: 65536` is "64Ki flows". */
import { quantityText } from "./scale.js";
import type { Params, ParamValue, Unit } from "../results/model.js";

/** What separates the parts of a label; axes break lines there. */
export const LABEL_SEPARATOR = " · ";

/** Parameters whose name is not just the last word of their path. */
const NAMES: Readonly<Record<string, string>> = {
  "traffic.profile": "traffic profile",
  "traffic.rate": "rate",
  "traffic.pcap": "trace",
  "search.measure_at": "share of throughput",
  "storm.size": "batch",
  "storm.rate": "updates a second",
  "storm.core": "update core",
  ovs_emc: "exact-match cache of Open vSwitch",
  ovs_conntrack: "connection tracking",
  batch: "rules a batch",
  rte_flow_api: "API of rte_flow",
};

const ABBREVIATIONS: ReadonlySet<string> = new Set(["nat", "reta", "rss", "vlan", "vni"]);

/** Units of numeric parameters, by the end of their path; all others are counts. */
const UNITS: readonly (readonly [RegExp, Unit])[] = [
  [/^storm[.]rate$/, "count"],
  [/^storm[.]at$/, "s"],
  [/(^|[._])rate$/, "frames/s"],
  [/(frame_?size|bytes|memory)$/i, "bytes"],
  [/(warmup|duration|interval|timeout)$/i, "s"],
  [/(load_?factor|load_?from|share|slowdown|ratio|occupancy|measure_at|width)$/i, "ratio"],
];

/** What 0 means, by the last word of the parameter's path. */
const ZEROS: Readonly<Record<string, string>> = {
  capacity: "auto",
  series_interval: "none",
  latency_samples: "none",
};

/** `flows` for `traffic.flows`, `ring size` for `ringSize`, `NAT addresses` for `nat_addresses`. */
export function paramName(path: string): string {
  const words = lastWord(path)
    .replaceAll(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[ _-]+/);
  return NAMES[path] ?? words.map((word) => (ABBREVIATIONS.has(word) ? word.toUpperCase() : word)).join(" ");
}

/** The name as a heading has it: `Flows`. */
export function paramTitle(path: string): string {
  const name = paramName(path);
  return name.charAt(0).toUpperCase() + name.slice(1);
}

export function paramUnit(path: string): Unit {
  return UNITS.find(([pattern]) => pattern.test(path))?.[1] ?? "count";
}

/** The value alone, for a table cell or an axis tick: `64Ki`, `1 Mpps`, `web.pcap`, `on`. */
export function paramText(path: string, value: ParamValue): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value === "number") return numberText(path, value);
  return oneLine(lastWord(path) === "pcap" ? fileName(value) : value);
}

/** Labels are one line; Vega's expressions reject some of the characters that would make more of them. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, " ");
}

/** The value with as much of its name as it needs among others: `64Ki flows`, `80% load factor`, `max rate`, `cuckoo`. */
export function paramLabel(path: string, value: ParamValue): string {
  const text = paramText(path, value);
  const name = paramName(path);
  if (typeof value === "boolean") return `${name} ${text}`;
  if (typeof value === "number") {
    if (paramUnit(path) === "frames/s") return text;
    return `${text} ${value === 1 && paramUnit(path) === "count" ? name.replace(/s$/, "") : name}`;
  }
  return lastWord(path) === "rate" ? `${text} ${name}` : text;
}

/** `64Ki`, `1Mi`, `64k`, `1.5M`, `12,345`: the shortest exact form. */
export function countText(value: number): string {
  const exact = [...binaryForms(value), ...decimalForms(value)].toSorted((a, b) => a.length - b.length);
  return exact[0] ?? value.toLocaleString("en-US");
}

/**
 * Paths of the parameters that differ between the points, or that only some of them have: in the order of the
 * plan, but alternatives side by side (flows and trace), before what all points of their family have (rate).
 */
export function varyingParams(points: readonly { readonly params: Params }[]): readonly string[] {
  const paths = [...new Set(points.flatMap(({ params }) => Object.keys(params)))];
  const varying = paths.filter((path) => new Set(points.map(({ params }) => params[path])).size > 1);
  const families = [...new Set(varying.map(familyOf))];
  const rank = (path: string): number => 2 * families.indexOf(familyOf(path)) + (isPartial(path, points) ? 0 : 1);
  return varying.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * What the plan sweeps: parameters that all points have, and families of those that only some have, such as
 * `traffic` for a plan with both profiles and traces.
 */
export function sweptNames(points: readonly { readonly params: Params }[]): readonly string[] {
  return [...new Set(varyingParams(points).map((path) => (isPartial(path, points) ? familyOf(path) : path)))];
}

/** Of a family, the parameters that only some points have; all that vary if there is none such. */
export function familyPaths(family: string, points: readonly { readonly params: Params }[]): readonly string[] {
  const paths = varyingParams(points).filter((path) => path === family || path.startsWith(`${family}.`));
  const partial = paths.filter((path) => isPartial(path, points));
  return partial.length > 0 ? partial : paths;
}

/** Whether some points lack the parameter: they have another in its place. */
export function isPartial(path: string, points: readonly { readonly params: Params }[]): boolean {
  return points.some(({ params }) => !(path in params));
}

/** `traffic` for `traffic.flows`. */
export function familyOf(path: string): string {
  const dot = path.indexOf(".");
  return dot < 0 ? path : path.slice(0, dot);
}

export type Labeller = (point: { readonly params: Params }) => string;

/** Names points among others by their values of the parameters that vary, or by all if none does. */
export function pointLabeller(points: readonly { readonly params: Params }[]): Labeller {
  const varying = varyingParams(points);
  return ({ params }) => labelOf(params, varying) || labelOf(params, Object.keys(params)) || "all";
}

/** The values of these parameters, of those that the point has. */
export function labelOf(params: Params, paths: readonly string[]): string {
  const parts = paths.map((path) => {
    const value = params[path];
    return value === undefined ? "" : paramLabel(path, value);
  });
  return parts.filter(Boolean).join(LABEL_SEPARATOR);
}

function numberText(path: string, value: number): string {
  const unit = paramUnit(path);
  const zero = value === 0 ? ZEROS[lastWord(path)] : undefined;
  return zero ?? (unit === "count" ? countText(value) : quantityText(value, unit));
}

function binaryForms(value: number): string[] {
  return [["Gi", 2 ** 30] as const, ["Mi", 2 ** 20] as const, ["Ki", 2 ** 10] as const]
    .filter(([, size]) => value >= size && value % size === 0)
    .map(([suffix, size]) => `${value / size}${suffix}`);
}

/** Multiples of 100 of the unit below: 1.5M and 64k, but no 65.536k. */
function decimalForms(value: number): string[] {
  return [["G", 1e9] as const, ["M", 1e6] as const, ["k", 1e3] as const]
    .filter(([, size]) => value >= size && value % (size / 10) === 0)
    .map(([suffix, size]) => `${value / size}${suffix}`);
}

function lastWord(path: string): string {
  return path.slice(path.lastIndexOf(".") + 1);
}

function fileName(path: string): string {
  return path.split(/[\\/]/).at(-1) ?? path;
}
