/** From a run's plots to Vega-Lite specs. Pure: the same run gives the same specs. */
import { drawBars } from "./charts/bar.js";
import { BOX } from "./charts/box.js";
import { drawDistributions } from "./charts/distributions.js";
import { violin } from "./charts/violin.js";
import { finishChart, type ChartSpec, type Drawing, type DrawRequest } from "./charts/chart.js";
import { drawEcdf } from "./charts/ecdf.js";
import { drawHeatMap } from "./charts/heat_map.js";
import { drawLines } from "./charts/line.js";
import { drawMatrix } from "./charts/matrix.js";
import { drawPercentiles, latencyOf } from "./charts/percentiles.js";
import { drawStacked } from "./charts/stacked.js";
import { drawTimeSeries, hasSeries, seriesColumns } from "./charts/timeseries.js";
import { defaultPlots } from "./defaults.js";
import { layoutOf, mainParam, selectedPoints } from "./dimensions.js";
import { measuredMetrics, metricDefinition, type ReportInput } from "./input.js";
import { pointLabeller, type Labeller } from "./params.js";
import { GROUP, pointsByGroup } from "../results/groups.js";
import type { PlotRequest, PointSummary } from "../results/model.js";

export type { ChartSpec } from "./charts/chart.js";

/** The charts that the suite asks for, or the usual ones if it asks for none, in order. */
export function renderSpecs(input: ReportInput): ChartSpec[] {
  const { plots } = input.manifest.suite;
  const label = pointLabeller(input.summary.points);
  return (plots.length > 0 ? plots : defaultPlots(input)).map((plot, i) => renderSpec(input, plot, i + 1, label));
}

function renderSpec(input: ReportInput, asked: PlotRequest, number: number, label: Labeller): ChartSpec {
  const plot = asked.mark === "heatmap" ? { ...asked, y: asked.color, color: asked.y } : asked;
  const wanted = selectedPoints(drawnPoints(input, plot), plot.where);
  const y = plot.y ?? defaultY(input, plot);
  const points = wanted.filter((point) => hasValue(input, plot, y, point));
  const layout = layoutOf(input, plot, points, HAS_X.has(plot.mark));
  const request: DrawRequest = { input, plot, points, layout, label };
  const drawing = points.length > 0 ? drawWithin(request, y) : NOTHING;
  return finishChart(`chart-${number}-${slug(plot.title)}`, request, drawing, missing(request, y, wanted));
}

/** Those of the run; or, where the plot tells groups of flows apart, each of its groups. */
function drawnPoints({ summary }: ReportInput, { x, color, facet, where }: PlotRequest): readonly PointSummary[] {
  const byGroup = [x, color, facet, ...Object.keys(where ?? {})].includes(GROUP);
  return byGroup ? pointsByGroup(summary.points) : summary.points;
}

/** Marks whose x is a parameter or a metric. */
const HAS_X: ReadonlySet<PlotRequest["mark"]> = new Set([
  "bar",
  "line",
  "box",
  "violin",
  "heatmap",
  "matrix",
  "stacked",
]);

function draw(request: DrawRequest, y: string): Drawing {
  const { plot, points } = request;
  const x = plot.x ?? mainParam(points, plot.color) ?? "";
  switch (plot.mark) {
    case "bar":
      return drawBars(request, y);
    case "line":
      return drawLines(request, y, x);
    case "box":
      return drawDistributions(request, y, x, BOX);
    case "violin":
      return drawDistributions(request, y, x, violin(plot));
    case "ecdf":
      return drawEcdf(request, plot.y);
    case "heatmap":
      return drawHeatMap(request, y, x);
    case "stacked":
      return drawStacked(request, plot.y);
    case "percentiles":
      return drawPercentiles(request);
    case "timeseries":
      return drawTimeSeries(request, y);
    case "matrix":
      return drawMatrix(request, y);
  }
}

/** More than these no one can read, and no browser draws in good time. */
const MOST_VALUES = 20_000;
const MOST_CURVES = 200;

function drawWithin(request: DrawRequest, y: string): Drawing {
  const { plot, points } = request;
  const curves = ["percentiles", "timeseries", "ecdf"].includes(plot.mark);
  if (curves && points.length > MOST_CURVES) return tooMuch(points.length, "curves");
  const drawing = draw(request, y);
  return drawing.rows.length > MOST_VALUES ? tooMuch(drawing.rows.length, "values") : drawing;
}

function tooMuch(count: number, what: string): Drawing {
  const alt = `Not drawn, as it has ${count.toLocaleString("en-US")} ${what}: let the plot's "where" choose fewer points.`;
  return { ...NOTHING, alt };
}

const NOTHING: Drawing = {
  rows: [],
  view: { layer: [] },
  alt: "Nothing to draw: no point has the value that this chart shows.",
  notes: [],
  omitted: [],
  panelWidth: 200,
};

function defaultY(input: ReportInput, { mark }: PlotRequest): string {
  const [metric] = measuredMetrics(input);
  return (mark === "timeseries" ? seriesColumns(input)[0] : metric?.name) ?? "";
}

function hasValue(input: ReportInput, plot: PlotRequest, y: string, point: PointSummary): boolean {
  const { mark, parts } = plot;
  if (parts !== undefined) return parts.some((part) => part in point.metrics);
  if (isOfLatency(plot)) return latencyOf(input, point) !== undefined;
  if (mark === "timeseries") return hasSeries(input, point.id, y);
  return y in point.metrics;
}

function isOfLatency({ mark, y }: PlotRequest): boolean {
  return mark === "percentiles" || (mark === "ecdf" && y === undefined);
}

/** Points that the plot asks for and that have nothing to draw: said, not drawn as zero. The flags tell why. */
function missing(
  { input, plot, points, label }: DrawRequest,
  y: string,
  wanted: readonly PointSummary[],
): ChartSpec["omitted"] {
  const drawn = new Set(points);
  const what = isOfLatency(plot) ? "latency" : metricDefinition(input, y).title.toLowerCase();
  return wanted
    .filter((point) => !drawn.has(point))
    .map((point) => ({
      label: label(point),
      reason: Object.keys(point.metrics).length > 0 ? `no ${what}` : point.status,
    }));
}

function slug(title: string): string {
  return (
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 48) || "untitled"
  );
}
