import type { TopLevelSpec } from "vega-lite";
import { cssColor } from "../theme.js";
import type { ChartSpec } from "../specs.js";

/**
 * The spec as it stands in a page: colours are CSS variables, so that the chart follows the reader's theme, and
 * the title is left out, as the page has it in a heading. Data and labels stay as they are.
 */
export function themedSpec({ spec }: Pick<ChartSpec, "spec">): TopLevelSpec {
  const { title: _, ...untitled } = spec;
  return themed(untitled) as TopLevelSpec;
}

function themed(value: unknown, key = ""): unknown {
  if (typeof value === "string") return HOLDS_COLOR.test(key) ? cssColor(value) : value;
  if (Array.isArray(value)) return value.map((item: unknown) => themed(item, key));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === "data" ? inner : themed(inner, name)]),
  );
}

/** Keys whose texts are colours; the `value` of a channel may be one. Texts of suites are in `data` or under other keys. */
const HOLDS_COLOR = /[cC]olor$|^range$|^value$/;
