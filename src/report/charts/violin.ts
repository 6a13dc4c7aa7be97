/**
 * Violins: how densely the trials lie, to both sides, with the quartiles and the median within (Hintze and Nelson, "Violin Plots: A
 * Box Plot-Density Trace Synergism", The American Statistician, 1998). They end at the outermost trials, and each is as wide as
 * all others where it is widest.
 */
import { gaussianDensity, silvermanBandwidth } from "../../statistics/density.js";
import { extent } from "../../statistics/median.js";
import { COLORS } from "../theme.js";
import { quartiles } from "./box.js";
import { seriesColors } from "./series.js";
import type { PlotRequest } from "../../results/model.js";
import type { DrawRequest, Layer, Row } from "./chart.js";
import type { Shape } from "./distributions.js";

/** Of fewer trials a density is the kernel's, not theirs. */
const LEAST_FOR_VIOLIN = 7;

/** Places along the values at which the density is drawn. */
const STEPS = 40;

/** Of a slot, to each side. */
const HALF_WIDTH = 0.44;

export function violin({ scale }: PlotRequest): Shape {
  return {
    title: "Violin plot",
    note:
      `Violins: density of ${LEAST_FOR_VIOLIN} trials and more, by a Gaussian kernel${scale === "log" ? " of logarithms" : ""} with Silverman's ` +
      "bandwidth; the bar within is from the first to the third quartile, its dot the median.",
    slotWidth: 44,
    dotsBeside: false,
    place: (slot) => ({ offset: slot + 0.5 }),
    rows: (values, slot) => violinRows(values, slot, scale === "log"),
    layers: violinLayers,
    beside: (series) => ({
      xOffset: {
        field: "offset",
        type: "quantitative",
        scale: { domain: [0, Math.max(1, series.length)], zero: false, nice: false },
      },
    }),
  };
}

function violinRows(values: readonly number[], slot: number, isLog: boolean): readonly Row[] {
  if (values.length < LEAST_FOR_VIOLIN) return [];
  const onAxis = isLog ? values.map(Math.log10) : values;
  const bandwidth = silvermanBandwidth(onAxis);
  if (bandwidth === 0) return [];
  const [least, most] = extent(onAxis);
  const places = Array.from({ length: STEPS + 1 }, (_, i) => least + ((most - least) * i) / STEPS);
  const densities = gaussianDensity(onAxis, bandwidth, places);
  const [, greatest] = extent(densities);
  const half = (i: number): number => (HALF_WIDTH * (densities[i] ?? 0)) / greatest;
  const side = (sign: number): readonly Row[] =>
    places.map((place, i) => ({
      shape: "outline",
      step: sign > 0 ? i : 2 * STEPS + 1 - i,
      offset: slot + 0.5 + sign * half(i),
      value: isLog ? 10 ** place : place,
    }));
  return [...side(1), ...side(-1), { shape: "quartiles", ...quartiles(values) }];
}

function violinLayers(request: DrawRequest): readonly Layer[] {
  const color = seriesColors(request);
  const quartile = [{ filter: "datum.shape === 'quartiles'" }];
  return [
    {
      transform: [{ filter: "datum.shape === 'outline'" }],
      mark: { type: "line", interpolate: "linear-closed", strokeWidth: 1.5, fillOpacity: 0.18, aria: false },
      encoding: {
        color,
        fill: color,
        detail: [{ field: "x" }, { field: "series" }],
        order: { field: "step", type: "quantitative" },
      },
    },
    {
      transform: quartile,
      mark: { type: "rule", strokeWidth: 4, color: COLORS.muted, aria: false },
      encoding: { y: { field: "first", type: "quantitative" }, y2: { field: "third" } },
    },
    {
      transform: quartile,
      mark: { type: "point", filled: true, shape: "circle", size: 46, opacity: 1, strokeWidth: 1.5 },
      encoding: { color, stroke: { value: COLORS.surface } },
    },
  ];
}
