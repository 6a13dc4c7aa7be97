/** Plots and gate rules with the values of their `where` in base units, as the points have them. */
import type { ParamValue, Params } from "../results/model.js";
import { parseQuantity } from "../units.js";
import type { SuitePlot } from "./model.js";

type Points = readonly { readonly params: Params }[];

export function resolvePlots(plots: readonly SuitePlot[], points: Points): readonly SuitePlot[] {
  return plots.map((plot) => (plot.where === undefined ? plot : { ...plot, where: resolveWhere(plot.where, points) }));
}

/** The values that a `where` asks for, in base units. */
export function resolveWhere(where: Params, points: Points): Params {
  return Object.fromEntries(Object.entries(where).map(([key, value]) => [key, asInPoints(key, value, points)]));
}

/** `64Ki` is 65536 if that is what the points have; a text such as the name `5M` stays as it is. */
function asInPoints(key: string, written: ParamValue, points: Points): ParamValue {
  const quantity = typeof written === "string" ? parseQuantity(written)?.value : undefined;
  const isText = points.some(({ params }) => params[key] === written);
  return isText ? written : (quantity ?? written);
}
