/** Checks what the suite's schema cannot: names of metrics and parameters, and keys in the wrong section. */
import { GROUP, isGroupMetric } from "../results/groups.js";
import type { MetricDefinition } from "../results/model.js";
import { find, findMap, keyPlaceOf, placeOf, type LocatedMap, type Path } from "../yaml/located.js";
import { didYouMean } from "../yaml/nearest.js";
import { dotted, quote, type Problem } from "../yaml/problems.js";
import type { SuitePoint } from "./model.js";

/** Charts of medians: only those are known of each group. */
const MARKS_OF_GROUPS = ["bar", "line", "heatmap"];

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
  const names = namesOf(metrics);
  const paths = [["repeat", "until", "metric"], ...listPaths(suite, ["gate"]).map((path) => [...path, "metric"])];
  return paths.flatMap((path) => wrongName(suite, path, "metric", names));
}

/**
 * The axes of a plot name metrics, parameters of any point, or a group of parameters such as `traffic`, which
 * tells profiles and captures apart; a time series has columns of its own.
 */
export function wrongPlotNames(
  suite: LocatedMap,
  metrics: readonly MetricDefinition[],
  parameters: readonly string[],
): readonly Problem[] {
  return listPaths(suite, ["plots"]).flatMap((path) => {
    const mark = textAt(suite, [...path, "mark"]);
    const axes = axesOf(mark).map((axis) => [...path, axis]);
    const own = [...parameters, ...ofFlowGroups(mark, metrics)];
    const names = [...namesOf(metrics), ...own, ...groupsOf(parameters)];
    return [
      ...axes.flatMap((axis) => wrongName(suite, axis, "metric or parameter", names)),
      ...wrongFilters(suite, [...path, "where"], own),
      ...wrongRoof(suite, path, metrics),
      ...wrongParts(suite, path, metrics),
      ...wrongColours(suite, path, metrics),
      ...wrongIdeal(suite, path, metrics),
    ];
  });
}

/** Those that name metrics and parameters: the y of a time series is a column of it. */
function axesOf(mark: string | undefined): readonly string[] {
  if (mark === "percentiles" || mark === "timeseries") return ["color", "facet"];
  if (mark === "heatmap") return ["x", "y", "facet"];
  return mark === "ecdf" ? ["y", "color", "facet"] : ["x", "y", "color", "facet"];
}

/** Gates filter points as plots do, and can only tell worse from better where the metric does. */
export function wrongGates(
  suite: LocatedMap,
  metrics: readonly MetricDefinition[],
  parameters: readonly string[],
): readonly Problem[] {
  return listPaths(suite, ["gate"]).flatMap((rule) => {
    const path = [...rule, "metric"];
    const metric = metrics.find(({ name }) => name === textAt(suite, path));
    const message = `${quote(metric?.name)} is neither better high nor better low, so it cannot get worse; gate another metric`;
    return [
      ...(metric?.better === "neither" ? [{ place: placeOf(suite, path), path: dotted(path), message }] : []),
      ...wrongFilters(suite, [...rule, "where"], parameters),
    ];
  });
}

/** Plots name published tables, of which `references` are known. */
export function wrongReferences(suite: LocatedMap, references: readonly string[]): readonly Problem[] {
  return listPaths(suite, ["plots"]).flatMap((plot) => {
    const path = [...plot, "reference"];
    const named = find(suite, path)?.kind === "map" ? [...path, "series"] : path;
    return wrongName(suite, named, "published table", references);
  });
}

/** A limit that is drawn over values has their unit. */
function wrongRoof(suite: LocatedMap, plot: Path, metrics: readonly MetricDefinition[]): readonly Problem[] {
  const path = [...plot, "roof"];
  const [y, roof] = [[...plot, "y"], path].map((place) => {
    const name = textAt(suite, place);
    return metrics.find((metric) => metric.name === name);
  });
  if (roof === undefined) return wrongName(suite, path, "metric", namesOf(metrics));
  if (y === undefined || y.unit === roof.unit) return [];
  const message = `${quote(roof.name)} is in ${roof.unit} and ${y.name} in ${y.unit}; a limit has the unit of y`;
  return [{ place: placeOf(suite, path), path: dotted(path), message }];
}

/** What is stacked adds up only in one unit. */
function wrongParts(suite: LocatedMap, plot: Path, metrics: readonly MetricDefinition[]): readonly Problem[] {
  const whole = metrics.find(({ name }) => name === textAt(suite, [...plot, "y"]));
  const parts = listPaths(suite, [...plot, "parts"]);
  const unit = whole?.unit ?? metrics.find(({ name }) => name === textAt(suite, parts[0] ?? []))?.unit;
  return parts.flatMap((path) => {
    const part = metrics.find(({ name }) => name === textAt(suite, path));
    if (part === undefined) return wrongName(suite, path, "metric", namesOf(metrics));
    if (unit === undefined || part.unit === unit) return [];
    const message = `${quote(part.name)} is in ${part.unit} and the others in ${unit}; only one unit can be stacked`;
    return [{ place: placeOf(suite, path), path: dotted(path), message }];
  });
}

function wrongColours(suite: LocatedMap, plot: Path, metrics: readonly MetricDefinition[]): readonly Problem[] {
  const isHeatMap = textAt(suite, [...plot, "mark"]) === "heatmap";
  return isHeatMap ? wrongName(suite, [...plot, "color"], "metric", namesOf(metrics)) : [];
}

/** More cores are hoped to give more of y; of a cost nobody knows what would be ideal. */
function wrongIdeal(suite: LocatedMap, plot: Path, metrics: readonly MetricDefinition[]): readonly Problem[] {
  const path = [...plot, "ideal"];
  const y = metrics.find(({ name }) => name === textAt(suite, [...plot, "y"]));
  if (find(suite, path) === undefined || y === undefined || y.better === "higher") return [];
  const message = `${quote(y.name)} is not better high, so it has no ideal to grow to; remove it`;
  return [{ place: placeOf(suite, path), path: dotted(path), message }];
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
  const name = textAt(suite, path);
  if (name === undefined || names.includes(name)) return [];
  const guess = didYouMean(name, names);
  const message = `${quote(name)} is no ${what}${guess}${guess === "" ? ";" : ""} there are: ${names.join(", ")}`;
  return [{ place: placeOf(suite, path), path: dotted(path), message }];
}

function textAt(suite: LocatedMap, path: Path): string | undefined {
  const node = find(suite, path);
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

function namesOf(metrics: readonly MetricDefinition[]): readonly string[] {
  return metrics.map(({ name }) => name);
}

function listPaths(suite: LocatedMap, path: Path): readonly Path[] {
  const list = find(suite, path);
  return list?.kind === "list" ? list.items.map((_, index) => [...path, index]) : [];
}

/** The number of a group of flows, for charts of what each has. */
function ofFlowGroups(mark: string | undefined, metrics: readonly MetricDefinition[]): readonly string[] {
  return MARKS_OF_GROUPS.includes(mark ?? "") && metrics.some(isGroupMetric) ? [GROUP] : [];
}

/** `traffic` for `traffic.flows` and `traffic.pcap`. */
function groupsOf(parameters: readonly string[]): readonly string[] {
  return [...new Set(parameters.flatMap((name) => (name.includes(".") ? name.slice(0, name.indexOf(".")) : [])))];
}

/** Dotted names of the parameters that any point has, swept and fixed. */
export function parameterNames(points: readonly SuitePoint[]): readonly string[] {
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
