/** Plot requests with the values of `where` in base units, as the points have them. */
import type { ParamValue, Params } from "../results/model.js";
import { parseQuantity } from "../units.js";
import type { SuitePlot, SuitePoint } from "./model.js";

export function resolvePlots(plots: readonly SuitePlot[], points: readonly SuitePoint[]): readonly SuitePlot[] {
  return plots.map((plot) => {
    if (plot.where === undefined) return plot;
    const where = Object.entries(plot.where).map(([key, value]) => [key, asInPoints(key, value, points)] as const);
    return { ...plot, where: Object.fromEntries(where) };
  });
}

/** `64Ki` is 65536 if that is what the points have; a text such as the name `5M` stays as it is. */
function asInPoints(key: string, written: ParamValue, points: readonly { readonly params: Params }[]): ParamValue {
  const quantity = typeof written === "string" ? parseQuantity(written)?.value : undefined;
  const isText = points.some(({ params }) => params[key] === written);
  return isText ? written : (quantity ?? written);
}
