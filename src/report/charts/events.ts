/** What was done to the DUT while it was measured, as spans behind the lines of a time series. */
import { tooltipFields } from "./metric_rows.js";
import { countedTrials } from "../input.js";
import { quantityText } from "../scale.js";
import { COLORS } from "../theme.js";
import { places, type DrawRequest, type Layer, type Row } from "./chart.js";

/** One row for each kind of event in each panel: from its earliest beginning to its latest end, over all trials. */
export function eventRows({ input, layout, points }: DrawRequest): readonly Row[] {
  const rows = new Map<string, Row & { readonly t: number; readonly until: number }>();
  for (const point of points) {
    const { panel = "" } = places(layout, point);
    for (const { says, from, to } of countedTrials(input, point.id).flatMap(({ series }) => series?.events ?? [])) {
      const key = JSON.stringify([panel, says]);
      const known = rows.get(key) ?? { t: from, until: to };
      rows.set(key, { event: says, panel, t: Math.min(known.t, from), until: Math.max(known.until, to) });
    }
  }
  return [...rows.values()].map((row) => ({
    ...row,
    span: `${quantityText(row.t, "s")} to ${quantityText(row.until, "s")}`,
  }));
}

/** What is to be said below the chart; nothing without events. */
export function eventNotes(rows: readonly Row[]): readonly string[] {
  const texts = [...new Set(rows.map(({ event }) => String(event)))];
  return texts.length === 0 ? [] : [`Grey, from the dotted line on: ${texts.join(", ")}.`];
}

/** A span, and a line where it begins, so that a short one is seen. */
export function eventMarks(): readonly Layer[] {
  const transform = [{ filter: "isValid(datum.event)" }];
  const t = { field: "t", type: "quantitative" as const };
  const y = { value: 0 };
  const y2 = { value: "height" as const };
  return [
    {
      transform,
      mark: { type: "rect", color: COLORS.muted, opacity: 0.14, aria: false },
      encoding: { x: t, x2: { field: "until" }, y, y2, color: { value: COLORS.muted } },
    },
    {
      transform,
      mark: { type: "rule", strokeWidth: 1.5, strokeDash: [2, 3], opacity: 0.8 },
      encoding: {
        x: t,
        y,
        y2,
        color: { value: COLORS.muted },
        description: { field: "event", type: "nominal" },
        tooltip: tooltipFields([
          ["event", "Event"],
          ["span", "From, to"],
        ]),
      },
    },
  ];
}
