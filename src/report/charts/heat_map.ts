/**
 * A metric as colour over two parameters. Colours are viridis (van der Walt and Smith, 2015): even steps to any colour vision and in
 * grey print. Where cells have room, each shows its number.
 */
import { extent } from "../../statistics/median.js";
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { axisUnit, scaledText, withUnit, type AxisUnit } from "../scale.js";
import { COLORS } from "../theme.js";
import { MULTILINE_LABELS, SUSPECT_NOTE, type Drawing, type DrawRequest, type Layer } from "./chart.js";
import { labelsWidth } from "./measure.js";
import { metricRow, metricsOf, tooltip } from "./metric_rows.js";
import { fitsAxis, valueAxis } from "./value_axis.js";
import { categoricalX } from "./x_axis.js";

/**
 * @param whole its colour dimension is what the rows are
 * @param metric the colour
 */
export function drawHeatMap(whole: DrawRequest, metric: string, xName: string): Drawing {
  const points = whole.points.filter(({ metrics }) => fitsAxis(whole.plot, metrics[metric]?.median ?? 0));
  const request = { ...whole, points };
  const { input, layout, plot, label } = request;
  const { title, unit } = metricDefinition(input, metric);
  const medians = metricsOf(points, metric).map(({ median }) => median);
  const axis = axisUnit(unit, extent(medians)[1]);
  const [columns, rows] = [labelsInOrder(layout.x, points), labelsInOrder(layout.color, points)];
  const { notes } = valueAxis(plot, { title, unit }, medians);
  return {
    rows: points.map((point) => ({
      x: layout.x?.label(point) ?? "",
      ...metricRow(request, point, metric),
      cell: scaledText(point.metrics[metric]?.median ?? 0, axis),
    })),
    panelWidth: Math.max(200, columns.length * CELL_WIDTH),
    tall: rows.length > MANY_ROWS,
    xLabelsWidth: labelsWidth(columns),
    omitted: whole.points
      .filter((point) => !points.includes(point))
      .map((point) => ({ label: label(point), reason: "0 on a logarithmic scale" })),
    alt: `Heat map of ${title.toLowerCase()} over ${columns.length} by ${rows.length} cells.`,
    notes: [
      "Medians. Cells that are missing were not measured.",
      ...(points.some(({ status }) => status === "suspect") ? [SUSPECT_NOTE.replace("Hollow", "Framed")] : []),
      ...notes,
    ],
    view: {
      encoding: {
        x: { ...categoricalX(request, xName), scale: CELL_GAP },
        y: {
          field: "series",
          type: "ordinal",
          sort: [...rows],
          title: layout.color?.title ?? null,
          axis: { labelExpr: MULTILINE_LABELS, grid: false },
          scale: CELL_GAP,
        },
      },
      layer: [cells(request, metric, axis), ...(columns.length <= MOST_NUMBERED ? [numbers(medians, plot.scale)] : [])],
    },
  };
}

const CELL_WIDTH = 44;
const CELL_GAP = { paddingInner: 0.04 };
const MANY_ROWS = 8;
/** More columns, and the numbers touch. */
const MOST_NUMBERED = 12;

function cells(request: DrawRequest, metric: string, axis: AxisUnit): Layer {
  const { input, plot } = request;
  const { title } = metricDefinition(input, metric);
  return {
    mark: { type: "rect", strokeWidth: 2 },
    encoding: {
      color: {
        field: "value",
        type: "quantitative",
        scale: { scheme: "viridis", type: plot.scale ?? "linear", zero: false, nice: false },
        title: withUnit(title, axis),
        legend: {
          type: "gradient",
          titleLimit: 320,
          gradientLength: 220,
          labelExpr: `format(datum.value / ${axis.factor}, ',.3~r')`,
        },
      },
      stroke: { condition: { test: "datum.suspect", value: COLORS.ink }, value: null },
      tooltip: tooltip(request, metric),
    },
  };
}

/** Viridis is dark at its low end and light at its high one, on any page. */
function numbers(medians: readonly number[], scale: "linear" | "log" | undefined): Layer {
  const [least, most] = extent(medians);
  const middle = scale === "log" ? Math.sqrt(least * most) : (least + most) / 2;
  return {
    mark: { type: "text", fontSize: 11, aria: false },
    encoding: {
      text: { field: "cell" },
      color: { condition: { test: `datum.value > ${middle}`, value: "black" }, value: "white" },
    },
  };
}
