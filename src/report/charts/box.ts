/**
 * Boxes from the first to the third quartile with the median across (Tukey, "Exploratory Data Analysis", 1977). Whiskers reach to
 * the least and the greatest trial, as every trial is a dot.
 */
import { extent, quantileOfSorted } from "../../statistics/median.js";
import { COLORS } from "../theme.js";
import { seriesColors } from "./series.js";
import type { DrawRequest, Layer } from "./chart.js";
import type { Shape } from "./distributions.js";

/** Of fewer trials quartiles say nothing that the dots do not. */
const LEAST_FOR_BOX = 5;

export const BOX: Shape = {
  title: "Box plot",
  note: `Boxes: from the first to the third quartile, with the median; of ${LEAST_FOR_BOX} trials and more.`,
  slotWidth: 34,
  dotsBeside: true,
  place: () => ({}),
  rows: (values) => {
    if (values.length < LEAST_FOR_BOX) return [];
    const [low, high] = extent(values);
    return [{ shape: "box", low, ...quartiles(values), high }];
  },
  layers: boxLayers,
  beside: (series) =>
    series.length > 1
      ? { xOffset: { field: "series", type: "nominal", sort: [...series], scale: { paddingInner: 0.2 } } }
      : {},
};

/** `value` is the median. */
export function quartiles(ascending: readonly number[]): Readonly<Record<"first" | "value" | "third", number>> {
  const at = (q: number): number => quantileOfSorted(ascending, q);
  return { first: at(0.25), value: at(0.5), third: at(0.75) };
}

function boxLayers(request: DrawRequest): readonly Layer[] {
  const transform = [{ filter: "datum.shape" }];
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
