/** How one metric went over the runs: a panel a point, a dotted line where the level changed. */
import type { TopLevelSpec } from "vega-lite";
import { extent } from "../../statistics/median.js";
import { axisUnit, tickExpression, withUnit } from "../scale.js";
import { CHART_CONFIG, COLORS, seriesColor } from "../theme.js";
import type { Trend } from "./history.js";

const COLUMNS = 3;

/** @param trends of one metric; one panel each */
export function trendSpec(trends: readonly Trend[]): TopLevelSpec {
  const [first] = trends;
  if (first === undefined) throw new TypeError("a chart needs a trend");
  const { metric } = first;
  const axis = axisUnit(
    metric.unit,
    extent(trends.flatMap(({ values }) => values.map((one) => one.summary.median)))[1],
  );
  const rows = trends.flatMap(({ point, values, changes }) =>
    values.map(({ run, number, summary }, i) => ({
      panel: point,
      number,
      value: summary.median,
      low: summary.ci95[0],
      high: summary.ci95[1],
      run: run.run,
      change: changes.some(({ index }) => index === i),
    })),
  );
  const low = { field: "low", type: "quantitative" as const };
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values: rows },
    config: CHART_CONFIG,
    facet: { field: "panel", type: "nominal", sort: trends.map(({ point }) => point), title: null },
    columns: COLUMNS,
    resolve: { scale: { y: "independent" } },
    spec: {
      width: 260,
      height: 130,
      encoding: {
        x: {
          field: "number",
          type: "quantitative",
          title: "Run",
          scale: { nice: false, zero: false },
          axis: { format: "d", tickMinStep: 1 },
        },
        y: {
          field: "value",
          type: "quantitative",
          title: withUnit(metric.title, axis),
          scale: { zero: false },
          axis: { labelExpr: tickExpression(axis) },
        },
        color: { value: seriesColor(0) },
      },
      layer: [
        { mark: { type: "area", opacity: 0.16, aria: false }, encoding: { y: low, y2: { field: "high" } } },
        { mark: { type: "line", strokeWidth: 1.5, aria: false } },
        { mark: { type: "point", filled: true, size: 26, opacity: 1 } },
        {
          transform: [{ filter: "datum.change" }],
          mark: { type: "rule", strokeDash: [2, 3], strokeWidth: 1.5 },
          encoding: { y: { value: 0 }, y2: { value: "height" }, color: { value: COLORS.ink } },
        },
      ],
    },
  };
}
