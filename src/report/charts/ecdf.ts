/**
 * Empirical distribution: the share of values at or below each (van der Vaart, "Asymptotic Statistics", 1998, section
 * 19.1). Of trials where the plot names a metric, else of the latency of probes.
 */
import { tooltipFields } from "./metric_rows.js";
import { tooltipMarks } from "./tooltip_marks.js";
import { sorted } from "../../statistics/median.js";
import { percentileSteps } from "../../statistics/hdr.js";
import { metricDefinition } from "../input.js";
import { quantityText } from "../scale.js";
import { places, type Drawing, type DrawRequest, type Row } from "./chart.js";
import { latencyOf } from "./percentiles.js";
import { samplesOf } from "./samples.js";
import { seriesDashes, seriesStrokes } from "./series.js";
import { valueAxis } from "./value_axis.js";
import type { PointSummary, Unit } from "../../results/model.js";

/** One step of a distribution. */
interface Step {
  readonly value: number;
  /** Of values at or below it, in (0, 1]. */
  readonly share: number;
}

/** @param metric undefined for latency */
export function drawEcdf(request: DrawRequest, metric: string | undefined): Drawing {
  const { input, points, plot } = request;
  const { title, unit } =
    metric === undefined ? ({ title: "Latency", unit: "ns" } as const) : metricDefinition(input, metric);
  const curves = points.map((point) => ({ point, steps: stepsOf(request, point, metric) }));
  const drawn = curves.filter(({ steps }) => steps.length > 0);
  const values = drawn.flatMap(({ steps }) => steps.map(({ value }) => value));
  const { notes, ...axis } = valueAxis(plot, { title, unit }, values, { fitted: true });
  return {
    rows: drawn.flatMap(({ point, steps }) => curveRows(request, point, steps, unit)),
    panelWidth: 270,
    omitted: curves
      .filter(({ steps }) => steps.length === 0)
      .map(({ point }) => ({ label: request.label(point), reason: "0 on a logarithmic axis" })),
    alt: `Empirical distribution of ${title.toLowerCase()}, ${drawn.length} curves.`,
    notes: [metric === undefined ? "Over all probes of the counted trials." : "Over the counted trials.", ...notes],
    view: {
      encoding: {
        x: { field: "value", type: "quantitative", ...axis },
        y: {
          field: "share",
          type: "quantitative",
          title: `Share of ${metric === undefined ? "probes" : "trials"}`,
          scale: { domain: [0, 1] },
          axis: { format: "~%" },
        },
        color: seriesStrokes(request),
      },
      layer: [
        {
          mark: { type: "line", interpolate: "step-after", strokeWidth: 2 },
          encoding: { detail: { field: "point", type: "nominal" }, ...seriesDashes(request) },
        },
        tooltipMarks(
          tooltipFields([
            ["point", "Point"],
            ["valueText", title],
            ["shareText", "At or below"],
          ]),
        ),
      ],
    },
  };
}

function stepsOf(request: DrawRequest, point: PointSummary, metric: string | undefined): readonly Step[] {
  if (metric === undefined) return probeSteps(request, point);
  const values = sorted(samplesOf(request, point, metric).map(({ value }) => value));
  const steps = values.map((value, i) => ({ value, share: (i + 1) / values.length }));
  return thinned(steps.filter(({ value }, i) => value !== values[i + 1]));
}

/** Fine enough for any page: a step every 400th of the way up. */
const MOST_STEPS = 400;

function thinned(steps: readonly Step[]): readonly Step[] {
  const every = Math.ceil(steps.length / MOST_STEPS);
  return steps.filter((_, i) => i % every === 0 || i === steps.length - 1);
}

function probeSteps({ input, plot }: DrawRequest, point: PointSummary): readonly Step[] {
  const histogram = latencyOf(input, point);
  if (histogram === undefined) return [];
  const steps = percentileSteps(histogram).map(({ percentile, value }) => ({ value, share: percentile / 100 }));
  return steps.filter(({ value }) => plot.scale !== "log" || value > 0);
}

/** From the axis up to the first value, then step by step. */
function curveRows(
  { label, layout }: DrawRequest,
  point: PointSummary,
  steps: readonly Step[],
  unit: Unit,
): readonly Row[] {
  const from = steps[0]?.share === 0 ? [] : [{ value: steps[0]?.value ?? 0, share: 0 }];
  return [...from, ...steps].map(({ value, share }) => ({
    point: label(point),
    ...places(layout, point),
    value,
    share,
    valueText: quantityText(value, unit),
    shareText: quantityText(share, "ratio"),
  }));
}
