/** Invisible points that carry the tooltips of lines, as a line has one tooltip only. */
import type { StringFieldDef } from "vega-lite/types_unstable/channeldef.js";
import type { TopLevelSpec } from "vega-lite";
import type { Layer } from "./chart.js";

export function tooltipMarks(fields: StringFieldDef<string>[]): Layer {
  return { mark: { type: "point", size: 50, opacity: 0, aria: false }, encoding: { tooltip: fields } };
}

/** For files and for pages without scripts, where nothing points at them. */
export function withoutTooltipMarks(spec: TopLevelSpec): TopLevelSpec {
  if ("spec" in spec) return { ...spec, spec: withoutTooltipMarks(spec.spec as TopLevelSpec) } as TopLevelSpec;
  if (!("layer" in spec)) return spec;
  return { ...spec, layer: spec.layer.filter((layer) => !("mark" in layer) || !isInvisible(layer.mark)) };
}

function isInvisible(mark: unknown): boolean {
  return typeof mark === "object" && mark !== null && "opacity" in mark && mark.opacity === 0;
}
