/** The axis of a metric: from 0, or logarithmic over what is drawn. */
import { extent } from "../../statistics/median.js";
import { axisUnit, logAxis, tickExpression, withUnit } from "../scale.js";
import type { PlotRequest, Unit } from "../../results/model.js";

export interface ValueAxis {
  readonly title: string;
  readonly scale:
    { readonly zero: boolean } | { readonly type: "log"; readonly domain: number[]; readonly nice: false };
  readonly axis: { readonly labelExpr: string; readonly values?: number[]; readonly labelOverlap?: false };
  readonly notes: readonly string[];
}

export interface AxisOptions {
  /** What the unit is chosen by; the greatest value if it is left out. */
  readonly typical?: number;
  /** Whether the axis shows the range of the values only, as distributions need: lengths from 0 mean nothing there. */
  readonly fitted?: boolean;
}

/** @param values all that is drawn along it, in base units; those of a logarithmic axis are above 0 */
export function valueAxis(
  { scale }: PlotRequest,
  { title, unit }: { readonly title: string; readonly unit: Unit },
  values: readonly number[],
  { typical, fitted = false }: AxisOptions = {},
): ValueAxis {
  const [least, most] = extent(values);
  const isLog = scale === "log" && values.length > 0;
  const shown = axisUnit(unit, isLog ? Math.sqrt(least * most) : (typical ?? most));
  const named = { title: withUnit(title, shown) };
  if (!isLog) {
    const notes = fitted ? ["The axis does not start at 0."] : [];
    return { ...named, scale: { zero: !fitted }, axis: { labelExpr: tickExpression(shown) }, notes };
  }
  const { domain, ticks } = logAxis(least, most);
  return {
    ...named,
    scale: { type: "log", domain, nice: false },
    axis: { values: ticks, labelExpr: tickExpression(shown), labelOverlap: false },
    notes: [LOG_NOTE],
  };
}

/** A value can be on the plot's axis: a logarithmic one has no zero. */
export function fitsAxis({ scale }: PlotRequest, value: number): boolean {
  return scale !== "log" || value > 0;
}

const LOG_NOTE = "Logarithmic axis: equal distances are equal factors.";
