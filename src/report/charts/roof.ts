/**
 * The limit of each mark: what the machine can do, measured beside the value, such as line reads a second next to
 * lookups. Drawn in ink, as it belongs to the machine and not to a series.
 */
import { extent, median } from "../../statistics/median.js";
import { labelsInOrder } from "../dimensions.js";
import { metricDefinition } from "../input.js";
import { quantityText } from "../scale.js";
import { COLORS } from "../theme.js";
import { places, type DrawRequest, type Layer, type Row } from "./chart.js";
import { seriesColors } from "./series.js";
import type { PointSummary } from "../../results/model.js";

export interface Roof {
  /** `limit: line reads`, for the legend. */
  readonly title: string;
  /** Greatest limit, in base units. */
  readonly most: number;
  /** What each row of a mark needs: `roof`, and texts for the tooltip. */
  row(point: PointSummary): Row;
  readonly notes: readonly string[];
}

/** Undefined where the plot asks for none, or no point has it. */
export function roofOf({ input, plot, points, label }: DrawRequest, metric: string): Roof | undefined {
  const { roof } = plot;
  if (roof === undefined) return undefined;
  const limits = points.flatMap(({ metrics }) => metrics[roof]?.median ?? []);
  if (limits.length === 0) return undefined;
  const { title } = metricDefinition(input, roof);
  const lower = metricDefinition(input, metric).better === "lower";
  const without = points.filter(({ metrics }) => !(roof in metrics));
  return {
    title: `limit: ${lowerFirst(title.replace(/ *\(the limit\)$/i, ""))}`,
    most: extent(limits)[1],
    row: (point) => roofRow(point, metric, roof, lower),
    notes: without.length === 0 ? [] : [`No limit was measured for ${namesOf(without.map(label))}.`],
  };
}

/** What is said where there is no limit at all, though the plot asks for one. */
export function missingRoof({ input, plot }: DrawRequest): readonly string[] {
  if (plot.roof === undefined) return [];
  return [`No limit is drawn: no point has ${lowerFirst(metricDefinition(input, plot.roof).title)}.`];
}

/** A stroke over the width of each bar. A bar of no height, as a tick cannot take the width of its band. */
export function barRoofs(): Layer {
  return {
    transform: [{ filter: "isValid(datum.roof)" }],
    mark: { type: "rect", filled: false, strokeWidth: 2, strokeOpacity: 1, color: COLORS.ink, aria: false },
    encoding: { y: { field: "roof", type: "quantitative" }, y2: { field: "roof" } },
  };
}

/** How the limits of a line chart are drawn, and what is to be said about it. */
export interface LineRoofs {
  readonly layers: readonly Layer[];
  readonly notes: readonly string[];
}

export const NO_ROOFS: LineRoofs = { layers: [], notes: [] };

/**
 * One line where the limits of all series are about the same at each x. Else one a series, in its colour; of more than
 * three series nobody could tell which is whose, so the middle and the range of the limits stand for all of them.
 *
 * @param x position of a point
 */
export function lineRoofs(request: DrawRequest, x: (point: PointSummary) => number | string): LineRoofs {
  if (areAlike(request, x)) return { layers: commonLine(), notes: [] };
  const series = labelsInOrder(request.layout.color, request.points).length;
  if (series <= MOST_LINES) return { layers: seriesLines(request), notes: [] };
  const note = "The limits of the series lie within the grey band; each marker's tooltip has its own.";
  return { layers: [band, ...commonLine()], notes: [note] };
}

const MOST_LINES = 3;
const THIN = 1.5;
const TICK_WIDTH = 14;

const tick = { type: "tick", orient: "horizontal", size: TICK_WIDTH, thickness: 2, aria: false } as const;

const HAS_ROOF = { filter: "isValid(datum.roof)" };

const band: Layer = {
  transform: [
    HAS_ROOF,
    {
      aggregate: [
        { op: "min", field: "roof", as: "least" },
        { op: "max", field: "roof", as: "most" },
      ],
      groupby: ["x", "panel"],
    },
  ],
  mark: { type: "area", color: COLORS.muted, opacity: 0.16, aria: false },
  encoding: { y: { field: "least", type: "quantitative" }, y2: { field: "most" } },
};

function commonLine(): readonly Layer[] {
  const transform: Layer["transform"] = [
    HAS_ROOF,
    { aggregate: [{ op: "median", field: "roof", as: "roof" }], groupby: ["x", "panel"] },
  ];
  const y = { field: "roof", type: "quantitative" } as const;
  return [
    { transform, mark: { type: "line", strokeWidth: THIN, color: COLORS.ink, aria: false }, encoding: { y } },
    { transform, mark: { ...tick, color: COLORS.ink, opacity: 1 }, encoding: { y } },
  ];
}

function seriesLines(request: DrawRequest): readonly Layer[] {
  const y = { field: "roof", type: "quantitative" } as const;
  const color = seriesColors(request);
  return [
    {
      transform: [HAS_ROOF],
      mark: { type: "line", strokeWidth: THIN, opacity: 0.55, aria: false },
      encoding: { y, color },
    },
    { transform: [HAS_ROOF], mark: { ...tick, opacity: 0.8 }, encoding: { y, color } },
  ];
}

/** Limits that differ by less were the same, but for the host's mood. */
const ALIKE = 1.15;

function areAlike({ plot, layout, points }: DrawRequest, x: (point: PointSummary) => number | string): boolean {
  const groups = new Map<string, number[]>();
  for (const point of points) {
    const limit = point.metrics[plot.roof ?? ""]?.median;
    if (limit === undefined) continue;
    const key = JSON.stringify([places(layout, point)["panel"], x(point)]);
    groups.set(key, [...(groups.get(key) ?? []), limit]);
  }
  return [...groups.values()].every((limits) => {
    const [least, most] = extent(limits);
    const middle = median(limits);
    return most <= middle * ALIKE && least >= middle / ALIKE;
  });
}

function roofRow({ metrics }: PointSummary, metric: string, roof: string, lower: boolean): Row {
  const [value, limit] = [metrics[metric], metrics[roof]];
  if (!value || !limit) return {};
  const share = lower ? limit.median / value.median : value.median / limit.median;
  return {
    roof: limit.median,
    limit: quantityText(limit.median, limit.unit),
    share: shareText(share),
  };
}

/** Two digits: the limit is not known any better. */
function shareText(share: number): string {
  return Number.isFinite(share) ? `${Number((100 * share).toPrecision(2))}%` : "–";
}

const MOST_NAMED = 4;

function namesOf(labels: readonly string[]): string {
  const more = labels.length > MOST_NAMED ? ` and ${labels.length - MOST_NAMED} more` : "";
  return `${labels.slice(0, MOST_NAMED).join(", ")}${more}`;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
