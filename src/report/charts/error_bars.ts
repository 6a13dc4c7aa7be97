import type { Layer } from "./chart.js";

const STROKE = 1.5;
const CAP_WIDTH = 8;

/**
 * Intervals of `low` to `high`, with caps, so that a wide one reads as an interval and a narrow one is seen.
 *
 * @param color one for all; the series's own if it is left out
 */
export function errorBars(color?: string): Layer[] {
  const ink = color === undefined ? {} : { color };
  return [
    {
      mark: { type: "rule", strokeWidth: STROKE, ...ink },
      encoding: { y: { field: "low", type: "quantitative" }, y2: { field: "high" } },
    },
    ...["low", "high"].map((field): Layer => ({
      mark: { type: "tick", orient: "horizontal", size: CAP_WIDTH, thickness: STROKE, ...ink },
      encoding: { y: { field, type: "quantitative" } },
    })),
  ];
}
