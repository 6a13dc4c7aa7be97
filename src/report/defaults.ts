/** The charts of a run whose suite asks for none: the first question one has about any run. */
import { countedTrials, measuredMetrics, measuredPoints, type ReportInput } from "./input.js";
import { mainParam } from "./dimensions.js";
import { sweptNames, varyingParams } from "./params.js";
import { seriesColumns } from "./charts/timeseries.js";
import type { MetricDefinition, PlotRequest, PointSummary } from "../results/model.js";

export function defaultPlots(input: ReportInput): readonly PlotRequest[] {
  const points = measuredPoints(input);
  const metrics = measuredMetrics(input);
  const [primary] = metrics;
  const cost = metrics.find(({ name }) => name !== primary?.name && COSTS.has(name));
  const hasLatency = points.some(({ id }) => countedTrials(input, id).some(({ latency }) => latency !== undefined));
  return [
    ...(primary ? [metricPlot(primary, points)] : []),
    ...(hasLatency
      ? [{ title: "Latency by percentile", mark: "percentiles" as const, ...colour(points, undefined) }]
      : []),
    ...(cost ? [metricPlot(cost, points)] : []),
    ...seriesColumns(input)
      .slice(0, 1)
      .map((y) => ({ title: "Over time", mark: "timeseries" as const, y, ...colour(points, undefined) })),
  ];
}

/** Metrics that explain the primary one. */
const COSTS: ReadonlySet<string> = new Set(["cycles_per_frame", "ns_per_op"]);

/** A line where a number is swept in more than three steps, else bars. */
function metricPlot({ name, title }: MetricDefinition, points: readonly PointSummary[]): PlotRequest {
  const line = lineParam(points);
  if (line !== undefined) return { title, mark: "line", x: line, y: name, ...colour(points, line) };
  const x = sweptNames(points).find((path) => path !== firstWord(points)) ?? mainParam(points);
  return { title, mark: "bar", y: name, ...(x !== undefined && { x }), ...colour(points, x) };
}

function lineParam(points: readonly PointSummary[]): string | undefined {
  const x = mainParam(points);
  const values = points.map(({ params }) => (x === undefined ? undefined : params[x]));
  return values.every((value) => typeof value === "number") && new Set(values).size > 3 ? x : undefined;
}

/** What is compared: the first swept parameter that is a name, such as the table. */
function firstWord(points: readonly PointSummary[]): string | undefined {
  return varyingParams(points).find((path) => points.every(({ params }) => typeof params[path] === "string"));
}

function colour(points: readonly PointSummary[], x: string | undefined): { readonly color?: string } {
  const color = firstWord(points);
  return color === undefined || color === x ? {} : { color };
}
