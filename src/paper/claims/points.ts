/** The run's points as claims see them: with all parameters, in cells that differ in nothing a claim is about. */
import type { Params, ParamValue, PointSummary, RunManifest, Summary } from "../../results/model.js";

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
  const groups = groupBy(points, (point) => keyOf(openOf(point, bound)));
  const opens = [...groups.values()].map((group) => ({ open: new Map(openOf(group[0], bound)), points: group }));
  const specific = opens.filter(({ open }) => !opens.some((other) => isMoreGeneral(open, other.open)));
  const varying = namesThatVary(specific.map(({ open }) => open));
  return specific.map(({ open, points: own }) => {
    const general = opens.filter((other) => isMoreGeneral(other.open, open)).sort((a, b) => b.open.size - a.open.size);
    const label = [...open].filter(([name]) => varying.has(name));
    return { open, label, points: closest([own, ...general.map((group) => group.points)], bound) };
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

/** Whether `a` says less than `b`, and nothing else. */
function isMoreGeneral(a: ReadonlyMap<string, ParamValue>, b: ReadonlyMap<string, ParamValue>): boolean {
  return a.size < b.size && [...a].every(([name, value]) => b.get(name) === value);
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

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
