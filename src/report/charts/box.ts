/**
 * The trials of each point: all of them as dots, and a box from the first to the third quartile with the median across
 * (Tukey, "Exploratory Data Analysis", 1977). Whiskers reach to the least and the greatest trial, as every trial is a dot.
 */
import { extent, quantileOfSorted, sorted } from "../../statistics/median.js";
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { COLORS } from "../theme.js";
import { places, SUSPECT_NOTE, type Drawing, type DrawRequest, type Layer, type Row } from "./chart.js";
import { labelsWidth } from "./measure.js";
import { sampleRow, samplesOf, sampleTooltip } from "./samples.js";
import { seriesColors } from "./series.js";
import { valueAxis } from "./value_axis.js";
import { categoricalX } from "./x_axis.js";

/** More are a smear, and slow a page down. */
const MOST_DOTS = 2000;

/** Of fewer trials quartiles say nothing that the dots do not. */
const LEAST_FOR_BOX = 5;

/** @param xName the parameter on x */
export function drawBoxes(request: DrawRequest, metric: string, xName: string): Drawing {
  const { input, layout, plot, points } = request;
  const groups = points.map((point) => ({ point, samples: samplesOf(request, point, metric) }));
  const drawn = groups.filter(({ samples }) => samples.length > 0);
  const definition = metricDefinition(input, metric);
  const values = drawn.flatMap(({ samples }) => samples.map(({ value }) => value));
  const { notes, ...axis } = valueAxis(plot, definition, values, { fitted: true });
  const withDots = values.length <= MOST_DOTS;
  const labels = labelsInOrder(layout.x, points);
  const series = labelsInOrder(layout.color, points);
  return {
    rows: drawn.flatMap(({ point, samples }) => {
      const place = { x: layout.x?.label(point) ?? "", ...places(layout, point) };
      const dots = (withDots ? samples : []).map((sample) => ({
        ...place,
        ...sampleRow(request, point, metric, sample),
      }));
      return [
        ...boxRows(
          place,
          samples.map(({ value }) => value),
        ),
        ...dots,
      ];
    }),
    panelWidth: Math.ceil(Math.max(1, labels.length) * Math.max(1, series.length) * SLOT_WIDTH),
    xLabelsWidth: labelsWidth(labels),
    omitted: groups
      .filter(({ samples }) => samples.length === 0)
      .map(({ point }) => ({ label: request.label(point), reason: "0 on a logarithmic axis" })),
    alt: `Box plot of ${definition.title.toLowerCase()}, ${values.length} trials of ${drawn.length} points.`,
    notes: [
      withDots
        ? "Dots: trials."
        : `Of ${values.length} trials, too many for a dot each; whiskers reach to the outermost.`,
      `Boxes: from the first to the third quartile, with the median; of ${LEAST_FOR_BOX} trials and more.`,
      ...(drawn.some(({ samples }) => samples.some(({ status }) => status === "suspect")) ? [SUSPECT_NOTE] : []),
      ...notes,
    ],
    view: {
      encoding: {
        x: { ...categoricalX(request, xName), scale: { paddingInner: 0.3, paddingOuter: 0.15 } },
        ...(series.length > 1 && {
          xOffset: { field: "series", type: "nominal", sort: [...series], scale: { paddingInner: 0.2 } },
        }),
        y: { field: "value", type: "quantitative", ...axis },
      },
      layer: [...boxLayers(request), dots(request, metric)],
    },
  };
}

/** With the gaps beside it, in pixels. */
const SLOT_WIDTH = 34;

function boxRows(place: Row, values: readonly number[]): readonly Row[] {
  if (values.length < LEAST_FOR_BOX) return [];
  const ascending = sorted(values);
  const [low, high] = extent(ascending);
  const [first, middle, third] = [0.25, 0.5, 0.75].map((q) => quantileOfSorted(ascending, q));
  return [{ ...place, box: true, low, first: first ?? low, value: middle ?? low, third: third ?? high, high }];
}

function boxLayers(request: DrawRequest): readonly Layer[] {
  const transform = [{ filter: "datum.box" }];
  const stroke = seriesColors(request);
  const between = (low: string, high: string) => ({
    y: { field: low, type: "quantitative" as const },
    y2: { field: high },
  });
  return [
    {
      transform,
      mark: { type: "rule", strokeWidth: 1.5, color: COLORS.muted, aria: false },
      encoding: between("low", "high"),
    },
    {
      transform,
      mark: { type: "bar", strokeWidth: 1.5, fillOpacity: 0.18 },
      encoding: { ...between("first", "third"), color: stroke, stroke },
    },
    {
      transform,
      mark: { type: "rect", filled: false, strokeWidth: 2.5, strokeOpacity: 1, aria: false },
      encoding: { ...between("value", "value"), stroke },
    },
  ];
}

function dots(request: DrawRequest, metric: string): Layer {
  return {
    transform: [{ filter: "!datum.box" }],
    mark: { type: "point", filled: true, shape: "circle", size: 22, strokeWidth: 1.2, opacity: 0.75 },
    encoding: {
      color: seriesColors(request),
      stroke: seriesColors(request),
      fillOpacity: { condition: { test: "datum.suspect", value: 0 }, value: 1 },
      tooltip: sampleTooltip(request, metric),
    },
  };
}
