/** `--set key=value`: overrides from the command line, applied after the tags. */
import { dirname, relative, resolve } from "node:path";
import { find, findMap, setIn, type Located, type LocatedMap, type Place } from "../yaml/located.js";
import { unknownKey } from "../yaml/check.js";
import type { Problem } from "../yaml/problems.js";
import { parseYaml } from "../yaml/read.js";

export interface OverrideContext {
  readonly file: string;
  /** Names that `with` may hold, as far as the experiment's schema tells; empty if it does not. */
  readonly parameters: readonly string[];
}

/** First segments of a key that name a part of the suite; all other keys go into `with`. */
const SECTIONS = ["with", "traffic", "trial", "repeat", "matrix"];
const SETTINGS = ["seed", "order"];

export type Overridden = { readonly suite: LocatedMap } | { readonly problems: readonly Problem[] };

/**
 * Keys are dotted: `capacity` (in `with`), `traffic.flows`, `trial.duration`, `repeat.min`, `matrix.table`,
 * `seed`, `order`. The name of an axis replaces that axis. Values are YAML: `--set table=[cuckoo]`.
 */
export function applyOverride(suite: LocatedMap, text: string, context: OverrideContext): Overridden {
  const place: Place = { source: `--set ${text}` };
  const fail = (message: string): Overridden => ({ problems: [{ place, path: "", message }] });
  const [, key, written] = /^\s*([^=\s]+?)\s*=(.*)$/s.exec(text) ?? [];
  const segments = key?.split(".") ?? [];
  if (key === undefined || written === undefined || segments.includes("")) return fail("write it as key=value");
  const parsed = parseYaml(written, place);
  if (parsed.problems.length > 0) return { problems: parsed.problems };
  const target = targetOf(suite, segments, context);
  if ("message" in target) return fail(target.message);
  const given: Located = parsed.node ?? { kind: "scalar", place, value: "" };
  const value = rebasePcap(given, target.path.at(-1) ?? "", context.file);
  const entry = { keyPlace: place, value: isAxisPath(target.path) ? asAxis(value) : value };
  return { suite: setIn(suite, target.path, entry) };
}

type Target = { readonly path: readonly string[] } | { readonly message: string };

function targetOf(suite: LocatedMap, segments: readonly string[], { parameters }: OverrideContext): Target {
  const [head = "", ...rest] = segments;
  const axes = [...(findMap(suite, ["matrix"])?.entries.keys() ?? [])];
  if (head === "matrix") return rest.length > 0 ? { path: ["matrix", rest.join(".")] } : { path: ["matrix"] };
  const key = (head === "with" ? rest : segments).join(".");
  if (axes.includes(key)) return { path: ["matrix", key] };
  const shadow = axes.find((axis) => sweepsPart(suite, axis, key));
  if (shadow !== undefined) {
    return {
      message: `the axis '${shadow}' of the matrix sets it for each point; replace that: --set matrix.${shadow}=[…]`,
    };
  }
  if (SECTIONS.includes(head) || (SETTINGS.includes(head) && rest.length === 0)) return { path: segments };
  if (parameters.length > 0 && !parameters.includes(head)) {
    const sections = SECTIONS.filter((name) => name !== "with" && name !== "matrix").map((name) => `${name}.…`);
    return { message: unknownKey(head, [...new Set([...parameters, ...axes, ...sections, "matrix.…", ...SETTINGS])]) };
  }
  return { path: ["with", ...segments] };
}

/** Whether a map among the values of `axis` sets `key`, which would then win over the override. */
function sweepsPart(suite: LocatedMap, axis: string, key: string): boolean {
  const values = find(suite, ["matrix", axis]);
  if (!key.startsWith(`${axis}.`) || values?.kind !== "list") return false;
  const inner = key.slice(axis.length + 1).split(".");
  return values.items.some((value) => find(value, inner) !== undefined);
}

function isAxisPath(path: readonly string[]): boolean {
  return path[0] === "matrix" && path.length === 2;
}

/** `--set table=cuckoo` is an axis with one value; `{ log2: … }` and lists are axes already. */
function asAxis(value: Located): Located {
  const isAxis =
    value.kind === "list" || (value.kind === "map" && ["from", "log2", "log10"].some((key) => value.entries.has(key)));
  return isAxis ? value : { kind: "list", place: value.place, items: [value] };
}

/** A capture named on the command line is meant from here, one in a suite from the suite's folder. */
function rebasePcap(value: Located, key: string, file: string): Located {
  if (value.kind === "list") return { ...value, items: value.items.map((item) => rebasePcap(item, key, file)) };
  if (value.kind === "map") {
    const entries = [...value.entries].map(([name, entry]) => {
      return [name, { ...entry, value: rebasePcap(entry.value, name, file) }] as const;
    });
    return { ...value, entries: new Map(entries) };
  }
  if (typeof value.value !== "string" || !(key === "pcap" || key.endsWith(".pcap"))) return value;
  return { ...value, value: relative(dirname(resolve(file)), resolve(value.value)) };
}
