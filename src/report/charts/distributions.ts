/** The trials of each point: as dots, and as a shape where there are enough of them. */
import { sorted } from "../../statistics/median.js";
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { places, SUSPECT_NOTE, type Drawing, type DrawRequest, type Layer, type Row } from "./chart.js";
import { labelsWidth } from "./measure.js";
import { sampleRow, samplesOf, sampleTooltip } from "./samples.js";
import { seriesColors } from "./series.js";
import { valueAxis } from "./value_axis.js";
import { categoricalX } from "./x_axis.js";

/** What is made of the trials of a point. */
export interface Shape {
  /** `Box plot` */
  readonly title: string;
  /** Says what the shapes are. */
  readonly note: string;
  readonly slotWidth: number;
  /** Whether trials have their dots where there is a shape, too. */
  readonly dotsBeside: boolean;
  /** Fields of all rows of a point. @param slot its place among those with the same x, from 0 */
  place(slot: number): Row;
  /** Of a point's trials; with a field `shape`. None where there are too few. @param values in ascending order */
  rows(values: readonly number[], slot: number): readonly Row[];
  layers(request: DrawRequest): readonly Layer[];
  /** How points with the same x stand side by side. */
  beside(series: readonly string[]): object;
}

/** More are a smear, and slow a page down. */
const MOST_DOTS = 2000;

/** @param xName the parameter on x */
export function drawDistributions(request: DrawRequest, metric: string, xName: string, shape: Shape): Drawing {
  const { input, layout, plot, points } = request;
  const groups = points.map((point) => ({ point, samples: samplesOf(request, point, metric) }));
  const drawn = groups.filter(({ samples }) => samples.length > 0);
  const definition = metricDefinition(input, metric);
  const values = drawn.flatMap(({ samples }) => samples.map(({ value }) => value));
  const { notes, ...axis } = valueAxis(plot, definition, values, { fitted: true });
  const withDots = values.length <= MOST_DOTS;
  const labels = labelsInOrder(layout.x, points);
  const series = labelsInOrder(layout.color, points);
  const rows: readonly Row[] = drawn.flatMap(({ point, samples }) => {
    const slot = Math.max(0, series.indexOf(layout.color?.label(point) ?? ""));
    const place = { x: layout.x?.label(point) ?? "", ...places(layout, point), ...shape.place(slot) };
    const shapes = shape.rows(sorted(samples.map(({ value }) => value)), slot);
    const dotted = withDots && (shape.dotsBeside || shapes.length === 0);
    const dots = (dotted ? samples : []).map((sample) => ({
      ...place,
      ...sampleRow(request, point, metric, sample),
    }));
    return [...shapes.map((row) => ({ ...place, ...row })), ...dots];
  });
  return {
    rows,
    panelWidth: Math.ceil(Math.max(1, labels.length) * Math.max(1, series.length) * shape.slotWidth),
    xLabelsWidth: labelsWidth(labels),
    omitted: groups
      .filter(({ samples }) => samples.length === 0)
      .map(({ point }) => ({ label: request.label(point), reason: "0 on a logarithmic axis" })),
    alt: `${shape.title} of ${definition.title.toLowerCase()}, ${values.length} trials of ${drawn.length} points.`,
    notes: [
      ...(withDots ? [] : [`Of ${values.length} trials, too many for a dot each; shapes reach to the outermost.`]),
      ...(rows.some((row) => !("shape" in row)) ? ["Dots: trials."] : []),
      shape.note,
      ...(drawn.some(({ samples }) => samples.some(({ status }) => status === "suspect")) ? [SUSPECT_NOTE] : []),
      ...notes,
    ],
    view: {
      encoding: {
        x: { ...categoricalX(request, xName), scale: { paddingInner: 0.3, paddingOuter: 0.15 } },
        ...shape.beside(series),
        y: { field: "value", type: "quantitative", ...axis },
      },
      layer: [...shape.layers(request), dots(request, metric)],
    },
  };
}

function dots(request: DrawRequest, metric: string): Layer {
  return {
    transform: [{ filter: "!datum.shape" }],
    mark: { type: "point", filled: true, shape: "circle", size: 22, strokeWidth: 1.2, opacity: 0.75 },
    encoding: {
      color: seriesColors(request),
      stroke: seriesColors(request),
      fillOpacity: { condition: { test: "datum.suspect", value: 0 }, value: 1 },
      tooltip: sampleTooltip(request, metric),
    },
  };
}
