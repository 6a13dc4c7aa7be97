/**
 * `traffic.pcap` and `traffic.frame_size.pcap`: written relative to the suite's folder, handed to the experiment as an
 * absolute path. The identity of a point keeps it as written, so that it is the same in every checkout.
 */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { codeOf } from "../errors.js";
import { excerpt } from "../printable.js";
import { find, keyPlaceOf, setIn, type LocatedMap } from "../yaml/located.js";
import { quote, type Problem } from "../yaml/problems.js";

const PATHS = [
  ["traffic", "pcap"],
  ["traffic", "frame_size", "pcap"],
] as const;

export interface Capture {
  /** Of the parameter that names it. */
  readonly path: readonly string[];
  readonly written: string;
  readonly absolute: string;
}

/** The capture that a point replays, or takes sizes from: no point can do both. */
export function captureOf(point: LocatedMap, suiteFile: string): Capture | undefined {
  for (const path of PATHS) {
    const node = find(point, path);
    if (node?.kind !== "scalar" || typeof node.value !== "string") continue;
    return { path, written: node.value, absolute: resolve(dirname(suiteFile), node.value) };
  }
  return undefined;
}

/** The point with the absolute path, still located where the relative one was written. */
export function withAbsolute(point: LocatedMap, { path, absolute }: Capture): LocatedMap {
  const place = find(point, path)?.place ?? point.place;
  return setIn(point, path, { keyPlace: keyPlaceOf(point, path), value: { kind: "scalar", place, value: absolute } });
}

/** Checks each capture once, however many points use it. */
export function captureChecker(): (point: LocatedMap, capture: Capture) => readonly Problem[] {
  const known = new Map<string, string | undefined>();
  return (point, { path, written, absolute }) => {
    if (!known.has(absolute)) known.set(absolute, whyUnreadable(absolute));
    const why = known.get(absolute);
    if (why === undefined) return [];
    const place = find(point, path)?.place ?? point.place;
    return [
      { place, path: path.join("."), message: `${quote(written)} ${why} (looked for ${excerpt(absolute, 300)})` },
    ];
  };
}

function whyUnreadable(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return "is not a file";
    accessSync(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return codeOf(error) === "ENOENT" ? "does not exist" : `cannot be read: ${codeOf(error) ?? String(error)}`;
  }
}
