/** Charts as SVG text, drawn in Node: no browser, no canvas. */
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { withoutTooltipMarks } from "./charts/tooltip_marks.js";
import type { ChartSpec } from "./specs.js";

/** One chart as a file of its own: literal light colours and a white ground, as any viewer shows them. */
export async function chartSvg({ spec }: ChartSpec): Promise<string> {
  return renderSvg({ ...spec, background: "white" });
}

/**
 * @throws {Error} if Vega-Lite rejects the spec, which is a bug of ours
 */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const compiled = compile(withoutTooltipMarks(spec), { logger: vega.logger(vega.Error) }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.Error });
  try {
    // Names of gradients are counted over the whole process, and the same chart is to give the same text.
    vega.resetSVGDefIds();
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

interface Text {
  /** In pixels. */
  readonly fontSize?: number;
  /** Width at which it is cut off; 0 for never. */
  readonly limit?: number;
}

/**
 * Without a canvas Vega takes a letter to be 0.8 em wide, and squeezes charts beside their own titles. 0.6 em is that of wide
 * typefaces, such as DejaVu Sans.
 */
function widthOf({ fontSize = 11, limit = 0 }: Text, text: unknown = ""): number {
  const width = 0.6 * fontSize * String(text).length;
  return limit > 0 ? Math.min(limit, width) : width;
}

const { textMetrics } = vega as unknown as { readonly textMetrics: { width: typeof widthOf } };
textMetrics.width = widthOf;
