/**
 * `traffic.pcap`: written relative to the suite's folder, handed to the experiment as an absolute path.
 * The identity of a point keeps it as written, so that it is the same in every checkout.
 */
import { accessSync, constants, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { codeOf } from "../errors.js";
import { find, keyPlaceOf, setIn, type LocatedMap } from "../yaml/located.js";
import { quote, type Problem } from "../yaml/problems.js";

const PATH = ["traffic", "pcap"] as const;

export interface Capture {
  readonly written: string;
  readonly absolute: string;
}

/** The capture that a point replays, if any. */
export function captureOf(point: LocatedMap, suiteFile: string): Capture | undefined {
  const node = find(point, PATH);
  if (node?.kind !== "scalar" || typeof node.value !== "string") return undefined;
  return { written: node.value, absolute: resolve(dirname(suiteFile), node.value) };
}

/** The point with the absolute path, still located where the relative one was written. */
export function withAbsolute(point: LocatedMap, { absolute }: Capture): LocatedMap {
  const place = find(point, PATH)?.place ?? point.place;
  return setIn(point, PATH, { keyPlace: keyPlaceOf(point, PATH), value: { kind: "scalar", place, value: absolute } });
}

/** Checks each capture once, however many points replay it. */
export function captureChecker(): (point: LocatedMap, capture: Capture) => readonly Problem[] {
  const known = new Map<string, string | undefined>();
  return (point, { written, absolute }) => {
    if (!known.has(absolute)) known.set(absolute, whyUnreadable(absolute));
    const why = known.get(absolute);
    if (why === undefined) return [];
    const place = find(point, PATH)?.place ?? point.place;
    return [{ place, path: PATH.join("."), message: `${quote(written)} ${why} (looked for ${absolute})` }];
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
