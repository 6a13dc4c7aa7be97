/**
 * From a matrix to its combinations, with the meaning that `include` and `exclude` have in GitHub Actions:
 * exclude comes first and drops every combination that has all values of an entry; an include entry then
 * extends the combinations whose swept values it leaves alone, and where there are none becomes one itself.
 */
import { parseQuantity } from "../units.js";
import { find, findMap, leaves, plain, type Located, type LocatedEntry, type LocatedMap } from "../yaml/located.js";
import { didYouMean } from "../yaml/nearest.js";
import { dotted, quote, type Problem } from "../yaml/problems.js";
import { expandAxis, MAX_POINTS, type Axis } from "./axes.js";

/** Values of one point by dotted path, in the order of the matrix. */
export type Combination = ReadonlyMap<string, LocatedEntry>;

export interface Expansion {
  readonly combinations: readonly Combination[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

/** @param suite a tree that the suite schema accepted */
export function expandMatrix(suite: LocatedMap): Expansion {
  const matrix = findMap(suite, ["matrix"]);
  if (matrix === undefined) return { combinations: [new Map()], problems: [], warnings: [] };
  const expanded = [...matrix.entries]
    .filter(([key]) => key !== "include" && key !== "exclude")
    .map(([key, entry]) => expandAxis(key, entry));
  const axes = expanded.map(({ axis }) => axis);
  const swept = new Set(
    axes.flatMap(({ key, values }) => values.flatMap((value) => leaves(value, key).map(([path]) => path))),
  );
  const excludes = rules(matrix, "exclude");
  const problems = [
    ...expanded.flatMap((axis) => axis.problems),
    ...axes.flatMap(({ key }) => emptySegments(matrix, key)),
    ...unknownExcludes(excludes, swept),
    ...tooLarge(matrix, axes),
  ];
  const warnings = expanded.flatMap((axis) => axis.warnings);
  if (problems.length > 0) return { combinations: [], problems, warnings };
  return combine({ matrix, axes, swept, excludes, includes: rules(matrix, "include"), warnings });
}

interface Parts {
  readonly matrix: LocatedMap;
  readonly axes: readonly Axis[];
  readonly swept: ReadonlySet<string>;
  readonly excludes: readonly Rule[];
  readonly includes: readonly Rule[];
  readonly warnings: readonly string[];
}

/** One entry of `include` or `exclude`. */
interface Rule {
  readonly path: string;
  readonly values: Combination;
}

function rules(matrix: LocatedMap, name: "include" | "exclude"): readonly Rule[] {
  const list = find(matrix, [name]);
  if (list?.kind !== "list") return [];
  return list.items.map((value, index) => ({
    path: dotted(["matrix", name, index]),
    values: new Map(leaves({ keyPlace: value.place, value }, "")),
  }));
}

function combine({ matrix, axes, swept, excludes, includes, warnings }: Parts): Expansion {
  const all = axes.length === 0 ? [] : product(axes);
  const kept = all.filter((values) => !excludes.some((rule) => matches(values, rule.values)));
  const idle = excludes.filter((rule) => !all.some((values) => matches(values, rule.values)));
  const combinations = axes.length + includes.length === 0 ? [new Map()] : include(kept, includes, swept);
  const place = find(matrix, ["exclude"])?.place ?? matrix.place;
  const none = { place, path: "matrix.exclude", message: "leaves no point of the matrix" };
  return {
    combinations,
    problems: combinations.length === 0 ? [none] : [],
    warnings: [...warnings, ...idle.map(({ path }) => `${path} fits no combination, so it leaves nothing out.`)],
  };
}

function product(axes: readonly Axis[]): readonly Combination[] {
  return axes.reduce<readonly Combination[]>(
    (combinations, { key, values }) => {
      const choices = values.map((value) => leaves(value, key));
      return combinations.flatMap((combination) => choices.map((choice) => new Map([...combination, ...choice])));
    },
    [new Map()],
  );
}

function include(
  kept: readonly Combination[],
  entries: readonly Rule[],
  swept: ReadonlySet<string>,
): readonly Combination[] {
  const extended = kept.map((original) => ({ original, values: original }));
  const added: Combination[] = [];
  for (const { values } of entries) {
    const fixed = new Map([...values].filter(([path]) => swept.has(path)));
    const fitting = extended.filter(({ original }) => matches(original, fixed));
    for (const target of fitting) target.values = new Map([...target.values, ...values]);
    if (fitting.length === 0) added.push(values);
  }
  return [...extended.map(({ values }) => values), ...added];
}

function matches(combination: Combination, wanted: Combination): boolean {
  for (const [path, value] of wanted) {
    const found = combination.get(path);
    if (found === undefined || comparable(found.value) !== comparable(value.value)) return false;
  }
  return true;
}

/** 64Ki and 65536 are the same value, and so are 500ms and 0.5. */
function comparable(node: Located): unknown {
  if (node.kind !== "scalar") return JSON.stringify(plain(node));
  return typeof node.value === "string" ? (parseQuantity(node.value)?.value ?? node.value) : node.value;
}

function unknownExcludes(excludes: readonly Rule[], swept: ReadonlySet<string>): readonly Problem[] {
  return excludes.flatMap(({ path, values }) =>
    [...values]
      .filter(([key]) => !swept.has(key))
      .map(([key, { keyPlace }]) => ({
        place: keyPlace,
        path,
        message: `${quote(key)} is not swept${didYouMean(key, swept)}`,
      })),
  );
}

function emptySegments(matrix: LocatedMap, key: string): readonly Problem[] {
  if (!key.split(".").includes("")) return [];
  const place = matrix.entries.get(key)?.keyPlace ?? matrix.place;
  return [{ place, path: "matrix", message: `${quote(key)} is not the dotted path of a parameter` }];
}

function tooLarge(matrix: LocatedMap, axes: readonly Axis[]): readonly Problem[] {
  const points = axes.reduce((count, { values }) => count * values.length, 1);
  if (points <= MAX_POINTS) return [];
  const message = `has ${points} points, more than ${MAX_POINTS}; shorten its axes or split the suite`;
  return [{ place: matrix.place, path: "matrix", message }];
}
