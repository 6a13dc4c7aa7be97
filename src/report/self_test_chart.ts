/** The chart of `nicbench selftest statistics`: what gates decided, by their length and by what there was to find. */
import { formatQuantity } from "../units.js";
import { CHART_CONFIG, seriesColor, seriesShape } from "./theme.js";
import type { TopLevelSpec } from "vega-lite";
import type { SelfTestRow } from "../gate/self_test.js";

const PANELS = ["regressed", "inconclusive", "passed"] as const;

/** One row of panels a design, one panel an outcome, one line a slow-down. */
export function selfTestSpec(rows: readonly SelfTestRow[]): TopLevelSpec {
  const slower = [...new Set(rows.map(({ slowdown }) => slowdown))].map((share) => formatQuantity(share, "ratio"));
  const values = rows.flatMap(({ design, slowdown, length, gates, outcomes }) =>
    PANELS.map((outcome) => ({
      design,
      slower: formatQuantity(slowdown, "ratio"),
      length,
      outcome,
      share: outcomes[outcome] / gates,
    })),
  );
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    background: "white",
    config: CHART_CONFIG,
    data: { values },
    facet: {
      column: { field: "outcome", sort: [...PANELS] },
      row: { field: "design", sort: [...new Set(rows.map(({ design }) => design))] },
    },
    spec: {
      width: 220,
      height: 220,
      mark: { type: "line", point: { size: 60, filled: true } },
      encoding: {
        x: { field: "length", type: "ordinal", title: "Trials of a run, or most pairs", axis: { labelAngle: 0 } },
        y: {
          field: "share",
          type: "quantitative",
          title: "Share of gates",
          axis: { format: "%" },
          scale: { domain: [0, 1] },
        },
        color: {
          field: "slower",
          title: "Slower by",
          sort: slower,
          scale: { domain: slower, range: slower.map((_, index) => seriesColor(index)) },
        },
        shape: {
          field: "slower",
          title: "Slower by",
          sort: slower,
          scale: { domain: slower, range: slower.map((_, index) => seriesShape(index)) },
        },
      },
    },
  };
}
