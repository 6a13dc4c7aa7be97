/**
 * YAML values that remember where they were written. Trees are immutable; merging and overriding build
 * new trees out of old nodes, so that a value keeps its place wherever it ends up.
 */

/** A position in a file (1-based line and column), or a source without lines such as `--set seed=1`. */
export interface Place {
  readonly source: string;
  readonly line?: number;
  readonly column?: number;
}

export type Located = LocatedScalar | LocatedList | LocatedMap;

export interface LocatedScalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly value: string | number | boolean | null;
}

export interface LocatedList {
  readonly kind: "list";
  readonly place: Place;
  readonly items: readonly Located[];
}

export interface LocatedMap {
  readonly kind: "map";
  readonly place: Place;
  readonly entries: ReadonlyMap<string, LocatedEntry>;
}

export interface LocatedEntry {
  readonly keyPlace: Place;
  readonly value: Located;
}

export type Path = readonly PropertyKey[];

export function emptyMap(place: Place): LocatedMap {
  return { kind: "map", place, entries: new Map() };
}

/** `file:line:column`, as editors and terminals understand it. */
export function placeText({ source, line, column }: Place): string {
  return line === undefined ? source : `${source}:${line}:${column ?? 1}`;
}

/** The plain JavaScript value. */
export function plain(node: Located): unknown {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(plain);
    case "map":
      return Object.fromEntries([...node.entries].map(([key, entry]) => [key, plain(entry.value)]));
  }
}

/** The node at `path`, or undefined. */
export function find(node: Located, path: Path): Located | undefined {
  return path.reduce<Located | undefined>((parent, key) => parent && child(parent, key)?.value, node);
}

/** As {@link find}, for paths that must lead to a map. */
export function findMap(node: Located, path: Path): LocatedMap | undefined {
  const found = find(node, path);
  return found?.kind === "map" ? found : undefined;
}

/** Where the value at `path` was written; for a missing one, the key of the nearest node that exists. */
export function placeOf(node: Located, path: Path): Place {
  let place = node.place;
  let parent = node;
  for (const [depth, key] of path.entries()) {
    const entry = child(parent, key);
    if (entry === undefined) return place;
    place = depth === path.length - 1 ? entry.value.place : entry.keyPlace;
    parent = entry.value;
  }
  return place;
}

/** Where the last key of `path` was written. */
export function keyPlaceOf(node: Located, path: Path): Place {
  const parent = find(node, path.slice(0, -1));
  const entry = parent && child(parent, path.at(-1) ?? "");
  return entry?.keyPlace ?? placeOf(node, path);
}

function child(parent: Located, key: PropertyKey): LocatedEntry | undefined {
  if (parent.kind === "map") return parent.entries.get(String(key));
  const item = parent.kind === "list" ? parent.items[Number(key)] : undefined;
  return item && { keyPlace: item.place, value: item };
}

/** A tree with `entry` at `path`; what is in the way and no map is replaced by one. */
export function setIn(map: LocatedMap, path: readonly string[], entry: LocatedEntry): LocatedMap {
  const [key, ...rest] = path;
  if (key === undefined) return map;
  if (rest.length === 0) return withEntry(map, key, entry);
  const old = map.entries.get(key);
  const inner = old?.value.kind === "map" ? old.value : emptyMap(entry.keyPlace);
  return withEntry(map, key, { keyPlace: old?.keyPlace ?? entry.keyPlace, value: setIn(inner, rest, entry) });
}

export function withEntry(map: LocatedMap, key: string, entry: LocatedEntry): LocatedMap {
  return { ...map, entries: new Map(map.entries).set(key, entry) };
}

export function withoutEntry(map: LocatedMap, key: string): LocatedMap {
  return { ...map, entries: new Map([...map.entries].filter(([name]) => name !== key)) };
}

/** Deep merge as in JSON Merge Patch (RFC 7396): maps merge, `null` removes, all else replaces. */
export function merge(base: LocatedMap, patch: LocatedMap): LocatedMap {
  let merged = base;
  for (const [key, entry] of patch.entries) {
    const old = merged.entries.get(key)?.value;
    const { value } = entry;
    if (value.kind === "scalar" && value.value === null) merged = withoutEntry(merged, key);
    else if (value.kind !== "map") merged = withEntry(merged, key, entry);
    else
      merged = withEntry(merged, key, {
        ...entry,
        value: merge(old?.kind === "map" ? old : emptyMap(value.place), value),
      });
  }
  return merged;
}

/** Every leaf (scalar or list) of an entry by its dotted path, with the key that names it. */
export function leaves(entry: LocatedEntry, path: string): readonly (readonly [string, LocatedEntry])[] {
  if (entry.value.kind !== "map") return [[path, entry]];
  return [...entry.value.entries].flatMap(([key, inner]) => leaves(inner, path === "" ? key : `${path}.${key}`));
}
