/**
 * A table of one metric, to be read: a cell for each x and colour, with its value as text, and what the DUT said to it. For values
 * of few kinds, such as whether a classifier supports something. A heat map is for many quantities, to be seen: its colours
 * have a scale and a legend, and its numbers are left out where there are too many.
 */
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { COLORS } from "../theme.js";
import { labelsWidth } from "./measure.js";
import { metricRow, tooltip, tooltipFields } from "./metric_rows.js";
import type { Drawing, DrawRequest } from "./chart.js";
import type { PointSummary } from "../../results/model.js";

const CELL = { height: 20, width: 76 };

export function drawMatrix(request: DrawRequest, metric: string): Drawing {
  const { input, layout, points } = request;
  const columns = labelsInOrder(layout.x, points);
  const lines = labelsInOrder(layout.color, points);
  const { title } = metricDefinition(input, metric);
  const rows = points.map((point) => ({
    x: layout.x?.label(point) ?? "",
    ...metricRow(request, point, metric),
    said: saidOf(request, point),
  }));
  const said = rows.some((row) => row.said !== "") ? tooltipFields([["said", "Said"]]) : [];
  return {
    rows,
    panelWidth: columns.length * CELL.width,
    mostWidth: 320 + columns.length * CELL.width * 2,
    xLabelsWidth: labelsWidth(columns),
    omitted: [],
    alt: `Table of ${title.toLowerCase()}, ${points.length} cells.`,
    notes: [],
    view: {
      height: CELL.height * lines.length,
      encoding: {
        x: { field: "x", type: "nominal", sort: [...columns], title: null, axis: { orient: "top", labelAngle: 0 } },
        y: { field: "series", type: "nominal", sort: [...lines], title: null },
        tooltip: [...tooltip(request, metric, undefined), ...said],
      },
      layer: [
        {
          mark: { type: "rect", stroke: COLORS.muted, strokeWidth: 0.5, color: COLORS.ink },
          encoding: { fillOpacity: { field: "value", type: "quantitative", scale: { range: [0, 0.3] }, legend: null } },
        },
        { mark: { type: "text", color: COLORS.ink, fontSize: 11 }, encoding: { text: { field: "valueText" } } },
      ],
    },
  };
}

/** What the DUT said in the last trial of the point that has a word of it. */
function saidOf({ input }: DrawRequest, { id }: PointSummary): string {
  const trials = input.trials.filter(({ point, notes }) => point === id && notes?.["said"] !== undefined);
  return String(trials.at(-1)?.notes?.["said"] ?? "");
}
