/** Charts as SVG text, drawn in Node: no browser, no canvas. */
import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import type { ChartSpec } from "./specs.js";

/** One chart as a file of its own: literal light colours and a white ground, as any viewer shows them. */
export async function chartSvg({ spec }: ChartSpec): Promise<string> {
  return renderSvg({ ...spec, background: "white" });
}

/**
 * @throws {Error} if Vega-Lite rejects the spec, which is a bug of ours
 */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  const compiled = compile(spec, { logger: vega.logger(vega.Error) }).spec;
  const view = new vega.View(vega.parse(compiled), { renderer: "none", logLevel: vega.Error });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
