/** Checks what the suite's schema cannot: names of metrics and parameters, and keys in the wrong section. */
import type { MetricDefinition } from "../results/model.js";
import { find, findMap, keyPlaceOf, placeOf, type LocatedMap, type Path } from "../yaml/located.js";
import { didYouMean } from "../yaml/nearest.js";
import { dotted, quote, type Problem } from "../yaml/problems.js";
import type { SuitePoint } from "./model.js";

/** `with` holds what is left when traffic and trial have their own section. */
export function misplacedKeys(suite: LocatedMap): readonly Problem[] {
  const settings = findMap(suite, ["with"]);
  return ["traffic", "trial"]
    .filter((key) => settings?.entries.has(key))
    .map((key) => ({
      place: keyPlaceOf(suite, ["with", key]),
      path: "with",
      message: `${quote(key)} belongs at the top level of the suite`,
    }));
}

export function wrongMetrics(suite: LocatedMap, metrics: readonly MetricDefinition[]): readonly Problem[] {
  const names = metrics.map(({ name }) => name);
  const paths = [["repeat", "until", "metric"], ...listPaths(suite, "gate").map((path) => [...path, "metric"])];
  return paths.flatMap((path) => wrongName(suite, path, "metric", names));
}

/**
 * The axes of a plot name metrics, parameters of any point, or a group of parameters such as `traffic`, which
 * tells profiles and captures apart; a time series has columns of its own.
 */
export function wrongPlotNames(
  suite: LocatedMap,
  metrics: readonly MetricDefinition[],
  points: readonly SuitePoint[],
): readonly Problem[] {
  const parameters = parameterNames(points);
  const names = [...metrics.map(({ name }) => name), ...parameters, ...groupsOf(parameters)];
  return listPaths(suite, "plots").flatMap((path) => {
    const mark = find(suite, [...path, "mark"]);
    const drawsMetrics = mark?.kind === "scalar" && (mark.value === "bar" || mark.value === "line");
    const axes = [...(drawsMetrics ? ["x", "y"] : []), "color", "facet"].map((axis) => [...path, axis]);
    return [
      ...axes.flatMap((axis) => wrongName(suite, axis, "metric or parameter", names)),
      ...wrongFilters(suite, [...path, "where"], parameters),
    ];
  });
}

function wrongFilters(suite: LocatedMap, path: Path, parameters: readonly string[]): readonly Problem[] {
  return [...(findMap(suite, path)?.entries ?? [])]
    .filter(([key]) => !parameters.includes(key))
    .map(([key, { keyPlace }]) => ({
      place: keyPlace,
      path: dotted(path),
      message: `${quote(key)} is no parameter${didYouMean(key, parameters)}`,
    }));
}

function wrongName(suite: LocatedMap, path: Path, what: string, names: readonly string[]): readonly Problem[] {
  const node = find(suite, path);
  if (node?.kind !== "scalar" || typeof node.value !== "string" || names.includes(node.value)) return [];
  const guess = didYouMean(node.value, names);
  const message = `${quote(node.value)} is no ${what}${guess}${guess === "" ? ";" : ""} there are: ${names.join(", ")}`;
  return [{ place: placeOf(suite, path), path: dotted(path), message }];
}

function listPaths(suite: LocatedMap, key: string): readonly Path[] {
  const list = find(suite, [key]);
  return list?.kind === "list" ? list.items.map((_, index) => [key, index]) : [];
}

/** `traffic` for `traffic.flows` and `traffic.pcap`. */
function groupsOf(parameters: readonly string[]): readonly string[] {
  return [...new Set(parameters.flatMap((name) => (name.includes(".") ? name.slice(0, name.indexOf(".")) : [])))];
}

function parameterNames(points: readonly SuitePoint[]): readonly string[] {
  const names = new Set<string>();
  for (const { params, resolved } of points) {
    for (const name of Object.keys(params)) names.add(name);
    collectPaths(resolved, "", names);
  }
  return [...names];
}

function collectPaths(value: unknown, path: string, into: Set<string>): void {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    into.add(path);
    return;
  }
  for (const [key, inner] of Object.entries(value)) collectPaths(inner, path === "" ? key : `${path}.${key}`, into);
}
