/**
 * Which parameter goes where in a chart.
 *
 * A plot request may leave points that x, colour and facet do not tell apart: a second swept parameter that
 * nobody mentioned. Drawn as they are, such points would lie on each other and read as noise. So what is left
 * over is added to the first free place: colour, then facet. A parameter that only some colours have goes to the colour.
 */
import { groupBy } from "../group_by.js";
import { metricDefinition, type ReportInput } from "./input.js";
import {
  familyOf,
  familyPaths,
  isPartial,
  labelOf,
  LABEL_SEPARATOR,
  paramText,
  paramTitle,
  sweptNames,
  varyingParams,
} from "./params.js";
import { quantityText } from "./scale.js";
import type { ParamValue, Params, PlotRequest, PointSummary } from "../results/model.js";

/** Of a point without what a dimension shows. */
const NOTHING = "–";

/** One place of a chart: what it shows for a point. */
export interface Dimension {
  readonly title: string;
  /** Text for the point, the same for all that belong together. */
  label(point: PointSummary): string;
}

export interface Layout {
  /** Absent where the mark has an x of its own: percentile or time. */
  readonly x?: Dimension;
  readonly color?: Dimension;
  readonly facet?: Dimension;
  /** Where the facet combines parameters: how many values the last one has, else 1. */
  readonly panelGroup: number;
  /** What all points of this plot have in common, though the suite sweeps it: `max rate · 4 cores`. */
  readonly common: string;
}

/**
 * @param points those that the plot draws
 * @param wantsX whether the mark takes its x from a parameter or metric
 */
export function layoutOf(
  input: ReportInput,
  plot: PlotRequest,
  points: readonly PointSummary[],
  wantsX: boolean,
): Layout {
  const varying = varyingParams(points);
  const xName = wantsX ? (plot.x ?? mainParam(points, plot.color)) : undefined;
  const x = xName === undefined ? undefined : dimensionOf(input, xName, points, [plot.color, plot.facet]);
  let color = plot.color === undefined ? undefined : dimensionOf(input, plot.color, points, [plot.x, plot.facet]);
  let facet =
    plot.facet === undefined
      ? undefined
      : named(dimensionOf(input, plot.facet, points, [plot.x, plot.color]), plot.facet);
  const rest = leftOver(points, varying, [x, color, facet]);
  if (rest.length > 0) color = withLeftOver(color, rest, points);
  const still = leftOver(points, varying, [x, color, facet]);
  const panelGroup = facet === undefined ? lastGroup(still, points) : 1;
  if (still.length > 0 && facet === undefined)
    facet = { ...combined(still), label: ({ params }) => labelOf(params, still) || without(combinedTitle(still)) };
  else if (still.length > 0) color = joined(color, combined(still));
  const common = commonLabel(input, points);
  return { ...(x && { x }), ...(color && { color }), ...(facet && { facet }), panelGroup, common };
}

/** The points that a plot asks for. */
export function selectedPoints(points: readonly PointSummary[], where: Params | undefined): readonly PointSummary[] {
  const wanted = Object.entries(where ?? {});
  return points.filter(({ params }) => wanted.every(([path, value]) => params[path] === value));
}

/** Labels in the order in which they first appear in the plan, numbers ascending. */
export function labelsInOrder(dimension: Dimension | undefined, points: readonly PointSummary[]): readonly string[] {
  return dimension ? [...new Set(points.map((point) => dimension.label(point)))] : [];
}

/**
 * What to put on an axis when nobody says: the swept number with the most values, else what varies first
 * and is not `taken`, else anything.
 */
export function mainParam(points: readonly PointSummary[], taken?: string): string | undefined {
  const candidates = sweptNames(points).filter((name) => name !== taken);
  const count = (path: string): number => new Set(numbersOf(points, path)).size;
  const numeric = candidates.filter((path) => count(path) > 2).toSorted((a, b) => count(b) - count(a));
  return numeric[0] ?? candidates[0] ?? taken ?? Object.keys(points[0]?.params ?? {})[0];
}

/** The numeric value that a parameter or a metric's median has at a point. */
export function numberAt(point: PointSummary, name: string): number | undefined {
  const value = point.params[name] ?? point.metrics[name]?.median;
  return typeof value === "number" ? value : undefined;
}

function numbersOf(points: readonly PointSummary[], path: string): number[] {
  return points.map(({ params }) => params[path]).filter((value) => typeof value === "number");
}

/** A parameter, a family of parameters (`traffic` for `traffic.flows`, …) or a metric. */
function dimensionOf(
  input: ReportInput,
  name: string,
  points: readonly PointSummary[],
  others: readonly (string | undefined)[],
): Dimension {
  if (points.some(({ params }) => name in params)) return paramDimension(name, points, others);
  const family = familyPaths(name, points).filter((path) => !others.includes(path));
  if (family.length > 0) return { title: paramTitle(name), label: ({ params }) => labelOf(params, family) || NOTHING };
  const { title, unit } = metricDefinition(input, name);
  return {
    title,
    label: ({ metrics }) => {
      const metric = metrics[name];
      return metric ? quantityText(metric.median, unit) : NOTHING;
    },
  };
}

/** A dimension whose labels stand alone, as a panel's header does: `max rate`, not `max`. */
function named(dimension: Dimension, path: string): Dimension {
  return {
    ...dimension,
    label: (point) => {
      if (point.params[path] !== undefined) return labelOf(point.params, [path]);
      const instead = dimension.label(point);
      return instead === NOTHING ? without(dimension.title) : instead;
    },
  };
}

/** Of a point that has no such parameter, nor anything in its place. */
function without(title: string): string {
  return `no ${title.toLowerCase()}`;
}

/** A point without the parameter shows what it has in its place: its trace where others have a number of flows. */
function paramDimension(
  path: string,
  points: readonly PointSummary[],
  others: readonly (string | undefined)[],
): Dimension {
  const having = points.filter(({ params }) => path in params);
  const instead = varyingParams(points).filter(
    (other) => !others.includes(other) && having.every(({ params }) => !(other in params)),
  );
  return {
    title: paramTitle(path),
    label: ({ params }) => {
      const value: ParamValue | undefined = params[path];
      return value === undefined ? labelOf(params, instead) || NOTHING : paramText(path, value);
    },
  };
}

function lastGroup(paths: readonly string[], points: readonly PointSummary[]): number {
  const last = paths.at(-1);
  if (last === undefined || paths.length < 2 || isPartial(last, points)) return 1;
  return new Set(points.map(({ params }) => params[last])).size;
}

function withLeftOver(
  color: Dimension | undefined,
  rest: readonly string[],
  points: readonly PointSummary[],
): Dimension {
  if (color === undefined) return combined(firstGroup(rest, points));
  const ofSome = rest.filter((path) => isOfSome(path, color, points));
  return ofSome.length === 0 ? color : { ...joined(color, combined(ofSome)), title: color.title };
}

/** A parameter that all points of some labels lack, as of one classifier among others: it belongs to the other labels. */
function isOfSome(path: string, dimension: Dimension, points: readonly PointSummary[]): boolean {
  const groups = [...groupBy(points, (point) => dimension.label(point)).values()];
  return groups.some((group) => group.every(({ params }) => !(path in params)));
}

/** The first parameter; if only some points have it, with all others of that kind: profile, flows and trace. */
function firstGroup(paths: readonly string[], points: readonly PointSummary[]): readonly string[] {
  const partial = paths.filter((path) => isPartial(path, points));
  const [first = ""] = paths;
  return partial.includes(first) ? partial : [first];
}

function combined(paths: readonly string[]): Dimension {
  const title = combinedTitle(paths);
  if (paths.length > 1) return { title, label: ({ params }) => labelOf(params, paths) || NOTHING };
  const [path = ""] = paths;
  return {
    title,
    label: ({ params }) => {
      const value = params[path];
      return value === undefined ? NOTHING : paramText(path, value);
    },
  };
}

/** `Traffic` for `traffic.profile` and `traffic.flows`; else the titles in a row. */
function combinedTitle(paths: readonly string[]): string {
  const families = new Set(paths.map(familyOf));
  const [family] = families;
  const oneFamily = paths.length > 1 && families.size === 1 && family !== undefined;
  return oneFamily ? paramTitle(family) : paths.map(paramTitle).join(", ");
}

function joined(first: Dimension | undefined, second: Dimension): Dimension {
  if (!first) return second;
  return {
    title: `${first.title}, ${second.title.toLowerCase()}`,
    label: (point) => {
      const parts = [first.label(point), second.label(point)].filter((part) => part !== NOTHING);
      return parts.join(LABEL_SEPARATOR) || NOTHING;
    },
  };
}

/** Parameters that differ between points which the dimensions show as the same. */
function leftOver(
  points: readonly PointSummary[],
  varying: readonly string[],
  dimensions: readonly (Dimension | undefined)[],
): readonly string[] {
  const groups = groupBy(points, (point) => JSON.stringify(dimensions.map((dimension) => dimension?.label(point))));
  const differing = new Set([...groups.values()].flatMap((group) => varyingParams(group)));
  return varying.filter((path) => differing.has(path));
}

function commonLabel({ summary }: ReportInput, points: readonly PointSummary[]): string {
  const swept = varyingParams(summary.points);
  const here = new Set(varyingParams(points));
  const [first] = points;
  return first
    ? labelOf(
        first.params,
        swept.filter((path) => !here.has(path)),
      )
    : "";
}
