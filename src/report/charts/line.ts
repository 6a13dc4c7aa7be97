/** Lines over a swept number (or over categories, where the suite asks for it) with confidence intervals. */
import { extent } from "../../statistics/median.js";
import { labelsInOrder, numberAt } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { paramName } from "../params.js";
import { andPublished, besideOf, type Beside } from "./beside.js";
import { intervalNote, SUSPECT_NOTE, type Drawing, type DrawRequest, type Layer, type Row } from "./chart.js";
import { errorBars } from "./error_bars.js";
import { idealLines } from "./ideal.js";
import { labelsWidth } from "./measure.js";
import { metricRow, metricsOf, tooltip } from "./metric_rows.js";
import { MEASURED, publishedLines, publishedRow } from "./published.js";
import { lineRoofs, NO_ROOFS } from "./roof.js";
import { seriesColors, seriesDashes, seriesShapes } from "./series.js";
import { fitsAxis, valueAxis, type ValueAxis } from "./value_axis.js";
import { categoricalX, numericX, xTitle } from "./x_axis.js";
import type { PointSummary } from "../../results/model.js";

/** @param xName the parameter or metric on x */
export function drawLines(whole: DrawRequest, metric: string, xName: string): Drawing {
  const numeric = whole.points.some((point) => numberAt(point, xName) !== undefined);
  const omitted = [...withoutX(whole, xName, numeric), ...withoutY(whole, metric)];
  const without = new Set(omitted.map(({ point }) => point));
  const request: DrawRequest = { ...whole, points: whole.points.filter((point) => !without.has(point)) };
  const beside = besideOf(request, metric, numeric ? xName : undefined, "dashed");
  const x = (point: PointSummary): number | string => xOf(request, point, xName, numeric);
  const roofs = beside.roof ? lineRoofs(request, x) : NO_ROOFS;
  const axis = valueAxis(whole.plot, metricDefinition(whole.input, metric), valuesOf(request, metric, beside), {
    typical: greatestMeasured(request, metric),
  });
  const parts: LineParts = { metric, xName, numeric, beside, x, axis };
  return {
    rows: rowsOf(request, parts),
    panelWidth: 260,
    tall: beside.roof !== undefined,
    xLabelsWidth: numeric ? 0 : labelsWidth(labelsInOrder(request.layout.x, request.points)),
    omitted: omitted.map(({ point, reason }) => ({ label: whole.label(point), reason })),
    alt: altText(request, parts),
    notes: [...notesOf(request, parts), ...roofs.notes],
    view: {
      encoding: encodingOf(request, parts),
      layer: [
        ...(beside.published ? publishedLines(request, metric, beside.published) : []),
        ...roofs.layers,
        ...(beside.ideal ? [idealLines(request)] : []),
        ...measuredLayers(request, parts),
        ...beside.key,
      ],
    },
  };
}

interface LineParts {
  readonly metric: string;
  readonly xName: string;
  /** Whether x is an axis of numbers. */
  readonly numeric: boolean;
  readonly beside: Beside;
  /** Position of a point. */
  readonly x: (point: PointSummary) => number | string;
  readonly axis: ValueAxis;
}

/** Beyond so many x positions error bars become a hedge, and a band reads better. */
const MAX_ERROR_BARS = 16;

function xOf({ layout }: DrawRequest, point: PointSummary, xName: string, numeric: boolean): number | string {
  return numeric ? (numberAt(point, xName) ?? Number.NaN) : (layout.x?.label(point) ?? "");
}

function rowsOf(request: DrawRequest, { metric, beside, x, axis }: LineParts): Drawing["rows"] {
  const { unit } = metricDefinition(request.input, metric);
  return [
    ...request.points.map((point) => ({
      x: x(point),
      ...aboveFoot(metricRow(request, point, metric), axis),
      ...beside.roof?.row(point),
      ...beside.ideal?.row(point),
    })),
    ...beside.values.map((value) => publishedRow(value, unit)),
  ];
}

function altText(request: DrawRequest, { metric, xName, beside }: LineParts): string {
  const title = metricDefinition(request.input, metric).title.toLowerCase();
  const over = xTitle(request, xName).toLowerCase();
  return `Line chart of ${title} over ${over}, ${request.points.length} values${andPublished(beside)}.`;
}

function notesOf({ points }: DrawRequest, { metric, beside, axis }: LineParts): readonly string[] {
  return [
    intervalNote(metricsOf(points, metric)),
    ...(points.some(({ status }) => status === "suspect") ? [SUSPECT_NOTE] : []),
    ...beside.notes,
    ...axis.notes,
  ];
}

function encodingOf(request: DrawRequest, { xName, numeric, beside, x, axis: { notes: _, ...axis } }: LineParts) {
  const positions = [request.points.map(x), beside.values.map((value) => value.x)] as const;
  const [measured, published] = positions.map((list) => list.filter((position) => typeof position === "number"));
  return {
    x: numeric ? numericX(request, xName, measured ?? [], published ?? []) : categoricalX(request, xName),
    y: { field: "value", type: "quantitative" as const, ...axis },
  };
}

function measuredLayers(request: DrawRequest, parts: LineParts): readonly Layer[] {
  const positions = new Set(request.points.map(parts.x)).size;
  const intervals = positions > MAX_ERROR_BARS ? [band()] : errorBars();
  return [...intervals, lines(request), markers(request, parts)].map((layer) => ({
    ...(parts.beside.published && { transform: [{ filter: MEASURED }] }),
    ...layer,
    encoding: { color: seriesColors(request), ...layer.encoding },
  }));
}

function band(): Layer {
  return {
    mark: { type: "area", opacity: 0.16 },
    encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
  };
}

function lines(request: DrawRequest): Layer {
  return {
    mark: { type: "line", strokeWidth: 2 },
    encoding: seriesDashes(request),
  };
}

function markers(request: DrawRequest, { metric, beside }: LineParts): Layer {
  return {
    mark: { type: "point", filled: true, size: 70, strokeWidth: 1.8, opacity: 1 },
    encoding: {
      stroke: seriesColors(request),
      shape: seriesShapes(request),
      fillOpacity: { condition: { test: "datum.suspect", value: 0 }, value: 1 },
      tooltip: tooltip(request, metric, beside),
    },
  };
}

function greatestMeasured({ points }: DrawRequest, metric: string): number {
  return extent(metricsOf(points, metric).map(({ ci95: [, high] }) => high))[1];
}

/** All that is drawn along y. */
function valuesOf({ plot, points }: DrawRequest, metric: string, beside: Beside): readonly number[] {
  const measured = metricsOf(points, metric).flatMap(({ median, ci95: [low, high] }) => [low, median, high]);
  const published = beside.values.flatMap(({ low, value, high }) => [low, value, high]);
  const all = [...measured, ...published, ...(beside.most > 0 ? [beside.most] : [])];
  return all.filter((value) => fitsAxis(plot, value));
}

/** An interval that reaches to 0 or below ends at the foot of a logarithmic axis. */
function aboveFoot(row: Row, { scale }: ValueAxis): Row {
  const foot = "domain" in scale ? scale.domain[0] : undefined;
  const { low } = row;
  return foot === undefined || typeof low !== "number" ? row : { ...row, low: Math.max(low, foot) };
}

interface Omitted {
  readonly point: PointSummary;
  readonly reason: string;
}

function withoutX({ points }: DrawRequest, xName: string, numeric: boolean): readonly Omitted[] {
  if (!numeric) return [];
  return points
    .filter((point) => numberAt(point, xName) === undefined)
    .map((point) => ({ point, reason: `no ${paramName(xName)}` }));
}

function withoutY({ plot, points }: DrawRequest, metric: string): readonly Omitted[] {
  return points
    .filter(({ metrics }) => !fitsAxis(plot, metrics[metric]?.median ?? 0))
    .map((point) => ({ point, reason: "0 on a logarithmic axis" }));
}
