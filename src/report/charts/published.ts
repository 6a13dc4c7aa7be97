/** How published values look: hollow and dashed, in the colour of the series that they correspond to, else in grey. */
import { tooltipFields } from "./metric_rows.js";
import { extent } from "../../statistics/median.js";
import { metricDefinition } from "../input.js";
import { quantityText, rangeText } from "../scale.js";
import { COLORS, publishedDash } from "../theme.js";
import { strangersIn, type Published, type PublishedValue } from "../published.js";
import type { Unit } from "../../results/model.js";
import type { DrawRequest, Layer, Row } from "./chart.js";
import { seriesColors, seriesShapes } from "./series.js";

/** Rows of measured values carry no `published`. */
export const MEASURED = "!datum.published";
const PUBLISHED = "datum.published";

export function publishedRow(value: PublishedValue, unit: Unit): Row {
  const { name, panel, series, matched, x, value: y, low, high } = value;
  return {
    published: true,
    point: name,
    panel,
    series,
    matched,
    x,
    value: y,
    low,
    high,
    valueText: quantityText(y, unit),
    interval: low === high ? "not published" : rangeText([low, high], unit),
  };
}

/** Greatest value, error bars included. */
export function mostPublished(published: Published | undefined): number {
  return extent(published?.values.map(({ high }) => high) ?? [])[1];
}

/** What is said below the chart. */
export function publishedNotes(published: Published | undefined, look: string): readonly string[] {
  if (published === undefined) return [];
  if (published.values.length === 0) return [published.note];
  return [`Published (${look}): ${published.note.replace(/^Published: /, "")}`, ...published.more];
}

export function publishedBars(request: DrawRequest, metric: string, published: Published): readonly Layer[] {
  const color = inSeriesColor(request);
  return [
    {
      transform: [{ filter: PUBLISHED }],
      mark: { type: "bar", strokeWidth: 1.5, fillOpacity: 0 },
      encoding: { color, stroke: color, ...dashes(published), tooltip: publishedTooltip(request, metric) },
    },
    ranges(request),
  ];
}

/** Beyond so many a line, markers and ranges become a hedge. */
const MOST_MARKERS = 20;

export function publishedLines(request: DrawRequest, metric: string, published: Published): readonly Layer[] {
  const many = new Set(published.values.map(({ x }) => x)).size > MOST_MARKERS;
  return [
    ...(many ? [] : [ranges(request)]),
    {
      transform: [{ filter: PUBLISHED }],
      mark: { type: "line", strokeWidth: 1.5 },
      encoding: {
        color: inSeriesColor(request),
        detail: [{ field: "point", type: "nominal" }],
        ...dashes(published),
      },
    },
    {
      transform: [{ filter: PUBLISHED }],
      mark: { type: "point", filled: false, size: 45, strokeWidth: 1.4, opacity: many ? 0 : 1 },
      encoding: {
        color: inSeriesColor(request),
        shape: { condition: { test: "datum.matched", ...seriesShapes(request) }, value: "circle" },
        tooltip: publishedTooltip(request, metric),
      },
    },
  ];
}

/** One dash for all counterparts of measured series, another for each stranger. */
function dashes(published: Published) {
  const condition = strangersIn(published).map((equal, index) => ({
    test: { and: ["!datum.matched", { field: "point", equal }] },
    value: publishedDash(index),
  }));
  return { strokeDash: condition.length === 0 ? { value: publishedDash() } : { condition, value: publishedDash() } };
}

function ranges(request: DrawRequest): Layer {
  return {
    transform: [{ filter: `${PUBLISHED} && datum.low < datum.high` }],
    mark: { type: "rule", strokeWidth: 1, opacity: 0.7, aria: false },
    encoding: {
      y: { field: "low", type: "quantitative" },
      y2: { field: "high" },
      color: inSeriesColor(request),
    },
  };
}

function inSeriesColor(request: DrawRequest) {
  return { condition: { test: "datum.matched", ...seriesColors(request) }, value: COLORS.muted };
}

function publishedTooltip({ input }: DrawRequest, metric: string) {
  return tooltipFields([
    ["point", "Published"],
    ["valueText", metricDefinition(input, metric).title],
    ["interval", "Range"],
  ]);
}
