/**
 * Latency by percentile, with the tail stretched as in HdrHistogram's plots: x is 1/(1 - p) on a logarithmic
 * scale, so that 99 % and 99.9 % are as far apart as 90 % and 99 %. Nothing hides in an average.
 */
import { extent } from "../../statistics/median.js";
import {
  mergeHistograms,
  percentileSteps,
  totalCount,
  valueAtPercentile,
  type SparseHistogram,
} from "../../statistics/hdr.js";
import { countedTrials, type ReportInput } from "../input.js";
import { axisUnit, logAxis, quantityText, tickExpression, withUnit } from "../scale.js";
import { places, type Drawing, type DrawRequest, type Row } from "./chart.js";
import { seriesColors, seriesShapes } from "./series.js";
import type { PointSummary } from "../../results/model.js";

/** The latencies of all counted trials of a point together; undefined if it recorded none. */
export function latencyOf(input: ReportInput, point: PointSummary): SparseHistogram | undefined {
  const histograms = countedTrials(input, point.id).flatMap(({ latency }) => latency ?? []);
  const merged = mergeHistograms(histograms);
  return totalCount(merged) > 0 ? merged : undefined;
}

export function drawPercentiles(request: DrawRequest): Drawing {
  const { input, points } = request;
  const rows = points.flatMap((point) => curve(request, point, latencyOf(input, point)));
  const values = rows.flatMap(({ value }) => (typeof value === "number" ? value : []));
  const [least, most] = extent(values);
  const axis = axisUnit("ns", Math.sqrt(least * most));
  const { domain, ticks } = logAxis(least, most);
  const suspects = points.some(({ status }) => status === "suspect");
  return {
    rows,
    panelWidth: 270,
    omitted: [],
    alt: `Latency by percentile on logarithmic scales, from 0 to 99.99 %, ${points.length} curves.`,
    notes: [
      "All samples of the counted trials together.",
      ...(suspects ? ["Dashed, hollow: suspect trials, see the flags."] : []),
    ],
    view: {
      encoding: {
        x: {
          field: "tail",
          type: "quantitative",
          title: "Percentile",
          scale: { type: "log", domain: [1, LARGEST_TAIL], nice: false },
          axis: { values: MARKS.map(({ tail }) => tail), labelExpr: TAIL_LABELS, grid: true },
        },
        y: {
          field: "value",
          type: "quantitative",
          title: withUnit("Latency", axis),
          scale: { type: "log", domain, nice: false },
          axis: { values: ticks, tickCount: ticks.length, labelExpr: tickExpression(axis), labelOverlap: false },
        },
        color: seriesColors(request),
      },
      layer: [
        {
          mark: { type: "line", strokeWidth: 2 },
          encoding: {
            detail: { field: "point", type: "nominal" },
            strokeDash: { condition: { test: "datum.suspect", value: [5, 4] }, value: [1, 0] },
          },
        },
        {
          transform: [{ filter: "datum.marked" }],
          mark: { type: "point", filled: true, size: 60, strokeWidth: 1.8, opacity: 1 },
          encoding: {
            stroke: seriesColors(request),
            shape: seriesShapes(request),
            fillOpacity: { condition: { test: "datum.suspect", value: 0 }, value: 1 },
            tooltip: [
              { field: "point", type: "nominal", title: "Point" },
              { field: "percentile", type: "nominal", title: "Percentile" },
              { field: "valueText", type: "nominal", title: "Latency" },
              { field: "probes", type: "nominal", title: "Samples" },
            ],
          },
        },
      ],
    },
  };
}

/** Percentiles with a tick and a marker. */
const MARKS = [0, 50, 90, 99, 99.9, 99.99].map((percentile) => ({ percentile, tail: tailOf(percentile) }));
const LARGEST_TAIL = 10_000;
const TAIL_LABELS = `(${JSON.stringify(Object.fromEntries(MARKS.map(({ percentile, tail }) => [String(tail), `${percentile}%`])))})[datum.value]`;

/** 1/(1 - p), free of the noise of binary fractions. */
function tailOf(percentile: number): number {
  return Number((100 / (100 - percentile)).toPrecision(9));
}

/** Only percentiles that enough probes stand behind: no 99.99 % of 500 probes. */
function curve(
  { label, layout }: DrawRequest,
  point: PointSummary,
  histogram: SparseHistogram | undefined,
): readonly Row[] {
  if (!histogram) return [];
  const probes = totalCount(histogram);
  const known = (percentile: number): boolean =>
    percentile < 100 && tailOf(percentile) <= Math.min(LARGEST_TAIL, probes);
  const steps = percentileSteps(histogram).filter(({ percentile }) => known(percentile));
  const marks = MARKS.filter(({ percentile }) => known(percentile));
  const shared = {
    point: label(point),
    ...places(layout, point),
    suspect: point.status === "suspect",
    probes,
  };
  const all = new Map<number, number>(steps.map(({ percentile, value }) => [tailOf(percentile), value]));
  for (const { percentile, tail } of marks) all.set(tail, valueAtPercentile(histogram, percentile) ?? histogram.max);
  return [...all]
    .toSorted(([a], [b]) => a - b)
    .map(([tail, value]) => {
      const mark = marks.find((candidate) => candidate.tail === tail);
      return {
        ...shared,
        tail,
        value: Math.max(1, value),
        valueText: quantityText(value, "ns"),
        marked: mark !== undefined,
        percentile: `${mark?.percentile ?? ""}%`,
      };
    });
}
