/** How series look: colour, marker and dash, each by the series's place in the plan, so that no chart disagrees. */
import { labelsInOrder } from "../dimensions.js";
import { seriesColor, seriesDash, seriesShape } from "../theme.js";
import type { DrawRequest } from "./chart.js";

/** The encoding of one visual channel by series. */
export interface SeriesChannel<T> {
  readonly field: "series";
  readonly type: "nominal";
  readonly scale: { readonly domain: string[]; readonly range: T[] };
  readonly legend: SeriesLegend | null;
}

export interface SeriesLegend {
  readonly title: string;
  readonly symbolOpacity: number;
  readonly symbolDash: number[];
}

/** The same label has the same colour in all charts. */
export function seriesColors(request: DrawRequest): SeriesChannel<string> {
  return channel(request, seriesColor);
}

/** The legend shows lines, not the invisible points that carry the tooltips. */
export function seriesStrokes(request: DrawRequest) {
  const { legend, ...channel } = seriesColors(request);
  return { ...channel, legend: legend && { ...legend, symbolType: "stroke", symbolStrokeWidth: 2.5 } };
}

/** Markers, so that series differ in print and to any eye. */
export function seriesShapes(request: DrawRequest): SeriesChannel<string> {
  return channel(request, seriesShape);
}

/** Series beyond the palette's end share a colour with an earlier one; they are dashed. No scale, so no legend. */
export function seriesDashes({ input, layout, points }: DrawRequest) {
  const whole = labelsInOrder(layout.color, input.summary.points);
  const dashed = labelsInOrder(layout.color, points).flatMap((label) => {
    const value = seriesDash(whole.indexOf(label));
    return value === undefined ? [] : [{ test: { field: "series", equal: label }, value }];
  });
  return dashed.length === 0 ? {} : { strokeDash: { condition: dashed, value: [1, 0] } };
}

/** All channels of a chart share one legend. A single series has none: its name is not what the chart is about. */
function channel<T>(request: DrawRequest, pick: (index: number) => T): SeriesChannel<T> {
  const { input, layout, points } = request;
  const whole = labelsInOrder(layout.color, input.summary.points);
  const labels = [...labelsInOrder(layout.color, points)];
  const shared = { field: "series", type: "nominal" } as const;
  if (layout.color === undefined) return { ...shared, scale: { domain: [""], range: [pick(0)] }, legend: null };
  return {
    ...shared,
    scale: { domain: labels, range: labels.map((label) => pick(whole.indexOf(label))) },
    legend: labels.length < 2 ? null : { title: layout.color.title, symbolOpacity: 1, symbolDash: [1, 0] },
  };
}
