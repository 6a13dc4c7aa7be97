/** The run's points as claims see them: with all parameters, in cells that differ in nothing a claim is about. */
import { groupBy } from "../../group_by.js";
import type { ParamValue, PointSummary, RunManifest, Summary } from "../../results/model.js";

export interface PointView extends PointSummary {
  /** Swept parameters, then those that the whole run shares, by dotted path. */
  readonly all: ReadonlyMap<string, ParamValue>;
  /** Names of the swept ones. */
  readonly swept: readonly string[];
}

/** @param manifest gives the fixed parameters; without it only swept ones are known */
export function viewPoints(summary: Summary, manifest?: RunManifest): readonly PointView[] {
  const resolved = new Map(manifest?.points.map((point) => [point.id, point.resolved]));
  return summary.points.map((point) => {
    const all = new Map(Object.entries(point.params));
    collect(resolved.get(point.id), "", all);
    return { ...point, all, swept: Object.keys(point.params) };
  });
}

/** Points that agree in every parameter that the claim leaves open. */
export interface Cell {
  /** Parameters that these points share, the bound ones left out. */
  readonly open: ReadonlyMap<string, ParamValue>;
  /** Those of them that differ between cells. */
  readonly label: readonly (readonly [name: string, value: ParamValue])[];
  readonly points: readonly PointView[];
}

/**
 * Groups points by their swept parameters other than `bound`. A point that lacks some of them, such as a baseline
 * without table, belongs to every cell that has the rest in common with it, unless the cell has a closer one.
 */
export function cellsOf(points: readonly PointView[], bound: ReadonlySet<string>): readonly Cell[] {
  const groups = [...groupBy(points, (point) => keyOf(openOf(point, bound))).values()];
  const opens = groups.map((group): Group => ({ open: new Map(openOf(group[0], bound)), points: group }));
  const general = generalGroups(opens);
  const implied = new Set([...general.values()].flat());
  const specific = opens.filter((group) => !implied.has(group));
  const varying = namesThatVary(specific.map(({ open }) => open));
  return specific.map((group) => {
    const label = [...group.open].filter(([name]) => varying.has(name));
    const nested = [group, ...(general.get(group) ?? [])].map((one) => one.points);
    return { open: group.open, label, points: closest(nested, bound) };
  });
}

/** Swept parameters in which these points differ. */
export function varyingNames(points: readonly PointView[]): readonly string[] {
  const varying = namesThatVary(points.map(({ params }) => new Map(Object.entries(params))));
  return [...varying];
}

function collect(value: unknown, path: string, into: Map<string, ParamValue>): void {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, inner] of Object.entries(value)) collect(inner, path === "" ? key : `${path}.${key}`, into);
  } else if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") {
    if (!into.has(path)) into.set(path, value);
  }
}

type Open = readonly (readonly [string, ParamValue])[];

function openOf(point: PointView | undefined, bound: ReadonlySet<string>): Open {
  return Object.entries(point?.params ?? {}).filter(([name]) => !bound.has(name));
}

function keyOf(entries: Open): string {
  return JSON.stringify([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

interface Group {
  readonly open: ReadonlyMap<string, ParamValue>;
  readonly points: readonly PointView[];
}

/**
 * For each group those that say less than it and nothing else, the closest first. Groups are compared by what
 * names they have, which are few, and then looked up.
 */
function generalGroups(groups: readonly Group[]): ReadonlyMap<Group, readonly Group[]> {
  const kinds = [...groupBy(groups, ({ open }) => JSON.stringify([...open.keys()].sort())).values()].map((members) => ({
    members,
    names: [...(members[0]?.open.keys() ?? [])],
    byKey: new Map(members.map((group) => [keyOf([...group.open]), group])),
  }));
  const smaller = kinds.toSorted((a, b) => b.names.length - a.names.length);
  const found = new Map<Group, readonly Group[]>();
  for (const { members, names } of kinds) {
    const parts = smaller.filter(
      (kind) => kind.names.length < names.length && kind.names.every((name) => names.includes(name)),
    );
    if (parts.length === 0) continue;
    for (const group of members) {
      const keys = parts.map((kind) =>
        kind.byKey.get(keyOf([...group.open].filter(([name]) => kind.names.includes(name)))),
      );
      found.set(
        group,
        keys.filter((one) => one !== undefined),
      );
    }
  }
  return found;
}

/** Of points with equal bound parameters, those of the first group that has any. */
function closest(groups: readonly (readonly PointView[])[], bound: ReadonlySet<string>): readonly PointView[] {
  const taken = new Set<string>();
  return groups.flatMap((group) => {
    const fresh = group.map((point) => ({ point, key: boundKey(point, bound) })).filter(({ key }) => !taken.has(key));
    for (const { key } of fresh) taken.add(key);
    return fresh.map(({ point }) => point);
  });
}

function boundKey({ params }: PointView, bound: ReadonlySet<string>): string {
  return keyOf(Object.entries(params).filter(([name]) => bound.has(name)));
}

function namesThatVary(cells: readonly ReadonlyMap<string, ParamValue>[]): ReadonlySet<string> {
  const names = new Set(cells.flatMap((cell) => [...cell.keys()]));
  return new Set([...names].filter((name) => new Set(cells.map((cell) => cell.get(name))).size > 1));
}
