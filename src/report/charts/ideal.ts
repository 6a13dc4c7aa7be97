/** Linear scaling: what each line would be if y grew in proportion to x from its first value on. */
import { numberAt } from "../dimensions.js";
import { quantityText } from "../scale.js";
import { places, type DrawRequest, type Layer, type Row } from "./chart.js";
import { seriesColors } from "./series.js";
import type { PointSummary } from "../../results/model.js";

export interface Ideal {
  /** What each row of a mark needs: `ideal`, and a text for the tooltip. */
  row(point: PointSummary): Row;
  /** Greatest of all, in base units. */
  readonly most: number;
}

/** Undefined where the plot asks for none, or x is not a number. */
export function idealOf(request: DrawRequest, metric: string, xName: string): Ideal | undefined {
  const { plot, points } = request;
  if (plot.ideal !== true || points.some((point) => numberAt(point, xName) === undefined)) return undefined;
  const firsts = firstsOf(request, xName);
  const idealAt = (point: PointSummary): number => {
    const first = firsts.get(lineOf(request, point)) ?? point;
    const start = first.metrics[metric]?.median ?? Number.NaN;
    return (start * (numberAt(point, xName) ?? 0)) / (numberAt(first, xName) ?? 0);
  };
  return {
    row: (point) => {
      const ideal = idealAt(point);
      const share = (point.metrics[metric]?.median ?? 0) / ideal;
      return Number.isFinite(ideal) ? { ideal, idealShare: quantityText(share, "ratio") } : {};
    },
    most: Math.max(0, ...points.map(idealAt).filter(Number.isFinite)),
  };
}

export function idealLines(request: DrawRequest): Layer {
  return {
    transform: [{ filter: "isValid(datum.ideal)" }],
    mark: { type: "line", strokeWidth: 1.5, strokeDash: IDEAL_DASH, opacity: 0.75, aria: false },
    encoding: { y: { field: "ideal", type: "quantitative" }, color: seriesColors(request) },
  };
}

export const IDEAL_DASH: number[] = [1, 4];

/** The point with the least x above 0 of each line. */
function firstsOf(request: DrawRequest, xName: string): ReadonlyMap<string, PointSummary> {
  const firsts = new Map<string, PointSummary>();
  for (const point of request.points) {
    const line = lineOf(request, point);
    const [x, least] = [point, firsts.get(line)].map((one) => one && numberAt(one, xName));
    if (x !== undefined && x > 0 && (least === undefined || x < least)) firsts.set(line, point);
  }
  return firsts;
}

function lineOf({ layout }: DrawRequest, point: PointSummary): string {
  return JSON.stringify(places(layout, point));
}
