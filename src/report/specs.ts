/** From a run's plots to Vega-Lite specs. Pure: the same run gives the same specs. */
import { drawBars } from "./charts/bar.js";
import { finishChart, type ChartSpec, type Drawing, type DrawRequest } from "./charts/chart.js";
import { drawLines } from "./charts/line.js";
import { drawPercentiles, latencyOf } from "./charts/percentiles.js";
import { drawTimeSeries, hasSeries, seriesColumns } from "./charts/timeseries.js";
import { defaultPlots } from "./defaults.js";
import { layoutOf, mainParam, selectedPoints } from "./dimensions.js";
import { measuredMetrics, metricDefinition, type ReportInput } from "./input.js";
import { pointLabeller, type Labeller } from "./params.js";
import type { PlotRequest, PointSummary } from "../results/model.js";

export type { ChartSpec } from "./charts/chart.js";

/** The charts that the suite asks for, or the usual ones if it asks for none, in order. */
export function renderSpecs(input: ReportInput): ChartSpec[] {
  const { plots } = input.manifest.suite;
  const label = pointLabeller(input.summary.points);
  return (plots.length > 0 ? plots : defaultPlots(input)).map((plot, i) => renderSpec(input, plot, i + 1, label));
}

function renderSpec(input: ReportInput, plot: PlotRequest, number: number, label: Labeller): ChartSpec {
  const wanted = selectedPoints(input.summary.points, plot.where);
  const y = plot.y ?? defaultY(input, plot);
  const points = wanted.filter((point) => hasValue(input, plot, y, point));
  const layout = layoutOf(input, plot, points, plot.mark === "bar" || plot.mark === "line");
  const request: DrawRequest = { input, plot, points, layout, label };
  const drawing = points.length > 0 ? drawWithin(request, y) : NOTHING;
  return finishChart(`chart-${number}-${slug(plot.title)}`, request, drawing, missing(request, y, wanted));
}

function draw(request: DrawRequest, y: string): Drawing {
  const { plot, points } = request;
  switch (plot.mark) {
    case "bar":
      return drawBars(request, y);
    case "line":
      return drawLines(request, y, plot.x ?? mainParam(points, plot.color) ?? "");
    case "percentiles":
      return drawPercentiles(request);
    case "timeseries":
      return drawTimeSeries(request, y);
  }
}

/** More than these no one can read, and no browser draws in good time. */
const MOST_VALUES = 20_000;
const MOST_CURVES = 200;

function drawWithin(request: DrawRequest, y: string): Drawing {
  const { plot, points } = request;
  const curves = plot.mark === "percentiles" || plot.mark === "timeseries";
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

function hasValue(input: ReportInput, { mark }: PlotRequest, y: string, point: PointSummary): boolean {
  if (mark === "percentiles") return latencyOf(input, point) !== undefined;
  if (mark === "timeseries") return hasSeries(input, point.id, y);
  return y in point.metrics;
}

/** Points that the plot asks for and that have nothing to draw: said, not drawn as zero. The flags tell why. */
function missing(
  { input, plot, points, label }: DrawRequest,
  y: string,
  wanted: readonly PointSummary[],
): ChartSpec["omitted"] {
  const drawn = new Set(points);
  const what = plot.mark === "percentiles" ? "latency" : metricDefinition(input, y).title.toLowerCase();
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
