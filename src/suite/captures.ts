/**
 * Files that a point names, in `traffic.pcap`, `traffic.frame_size.pcap` and `rules`: written relative to the suite's folder, handed to
 * the experiment as an absolute path. The identity of a point keeps them as written, so that it is the same in every checkout.
 */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, relative, resolve } from "node:path";
import { codeOf } from "../errors.js";
import { excerpt } from "../printable.js";
import { isRuleFile } from "../rules/file_name.js";
import { readRuleFile } from "../rules/rule_file.js";
import { find, keyPlaceOf, setIn, type LocatedMap } from "../yaml/located.js";
import { quote, type Problem } from "../yaml/problems.js";

const RULES = ["rules"] as const;
const PATHS = [["traffic", "pcap"], ["traffic", "frame_size", "pcap"], RULES] as const;

export interface NamedFile {
  /** Of the parameter that names it. */
  readonly path: readonly string[];
  readonly written: string;
  readonly absolute: string;
}

/** A capture that a point replays, or takes sizes from, and a file with its rules. */
export function filesOf(point: LocatedMap, suiteFile: string): readonly NamedFile[] {
  return PATHS.flatMap((path) => {
    const node = find(point, path);
    if (node?.kind !== "scalar" || typeof node.value !== "string") return [];
    if (path === RULES && !isRuleFile(node.value)) return [];
    return [{ path, written: node.value, absolute: resolve(dirname(suiteFile), node.value) }];
  });
}

/** The point with the absolute path, still located where the relative one was written. */
export function withAbsolute(point: LocatedMap, { path, absolute }: NamedFile): LocatedMap {
  const place = find(point, path)?.place ?? point.place;
  return setIn(point, path, { keyPlace: keyPlaceOf(point, path), value: { kind: "scalar", place, value: absolute } });
}

/** Checks each file once, however many points use it; of one with rules also what is in it. */
export function fileChecker(suiteFile: string): (point: LocatedMap, file: NamedFile) => readonly Problem[] {
  const folder = dirname(suiteFile);
  const known = new Map<string, string | undefined>();
  const told = new Set<string>();
  return (point, { path, written, absolute }) => {
    const isOfRules = path.join() === RULES.join();
    if (!known.has(absolute))
      known.set(absolute, whyUnreadable(absolute) ?? (isOfRules ? whyOutside(absolute, folder) : undefined));
    const why = known.get(absolute);
    const place = find(point, path)?.place ?? point.place;
    if (why !== undefined) {
      return [
        { place, path: path.join("."), message: `${quote(written)} ${why} (looked for ${excerpt(absolute, 300)})` },
      ];
    }
    if (!isOfRules || told.has(absolute)) return [];
    told.add(absolute);
    return readRuleFile(absolute).problems;
  };
}

/** A suite that someone else wrote names no other files of rules than those it came with. */
function whyOutside(path: string, folder: string): string | undefined {
  const inside = relative(realpathSync(folder), realpathSync(path));
  return inside.startsWith("..") || isAbsolute(inside) ? "is outside the suite's folder; copy it there" : undefined;
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
