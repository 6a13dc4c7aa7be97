/**
 * Charts at the size at which papers print them, so that their texts need no scaling: as wide as one column of the two-column
 * layouts of ACM and IEEE (84 mm), or as both (178 mm), in 8 pt type, without the title that a caption replaces.
 */
import { measure } from "./charts/measure.js";
import type { ChartSpec } from "./charts/chart.js";

export const CHART_SIZES = ["screen", "column", "page"] as const;

export type ChartSize = (typeof CHART_SIZES)[number];

/** CSS pixels are 1/96 inch. */
const PX_PER_MM = 96 / 25.4;
const PX_PER_PT = 96 / 72;
const WIDTH_MM = { column: 84, page: 178 } as const;
const TYPE = 8 * PX_PER_PT;
const SMALL_TYPE = 7 * PX_PER_PT;
const HEIGHT_MM = { single: 48, several: 32 } as const;

/** The chart to be drawn; `screen` leaves it as it is. */
export function sizedChart(chart: ChartSpec, size: ChartSize): ChartSpec {
  if (size === "screen") return chart;
  const several = chart.shape.panels > 1;
  const width = Math.floor(WIDTH_MM[size] * PX_PER_MM) - (several ? OVERHANG : 0);
  const { title: _, ...spec } = chart.spec as ChartSpec["spec"] & { readonly spec?: object };
  const fit = measure(chart.shape, width);
  const height = Math.round(HEIGHT_MM[several ? "several" : "single"] * PX_PER_MM);
  const inside = { width: fit.width, height };
  const sized = several
    ? { columns: fit.columns, spacing: { row: 12, column: 16 }, spec: { ...smallTexts(spec.spec), ...inside } }
    : { ...smallTexts(spec), ...inside };
  return { ...chart, spec: { ...spec, ...sized, config: smaller(spec.config ?? {}, fit) } as ChartSpec["spec"] };
}

/** What labels at the end of an axis stand out beyond panels, whose width is that of their insides. */
const OVERHANG = 12;

/** Texts among the marks, such as figures above bars. */
function smallTexts(view: object | undefined): object {
  if (view === undefined || !("layer" in view) || !Array.isArray(view.layer)) return { ...view };
  const layers = view.layer as readonly { readonly mark: object }[];
  const small = ({ mark, ...layer }: { readonly mark: object }) => ({
    ...layer,
    mark: "fontSize" in mark ? { ...mark, fontSize: SMALL_TYPE } : mark,
  });
  return { ...view, layer: layers.map(small) };
}

type Config = NonNullable<ChartSpec["spec"]["config"]>;

function smaller(config: Config, { legendColumns, labelAngle }: ReturnType<typeof measure>): Config {
  const type = { labelFontSize: SMALL_TYPE, titleFontSize: TYPE };
  return {
    ...config,
    padding: 1,
    axis: { ...config.axis, ...type, titlePadding: 5, labelPadding: 3 },
    axisX: { ...config.axisX, labelAngle },
    legend: {
      ...config.legend,
      ...type,
      columns: legendColumns,
      columnPadding: 10,
      offset: 6,
      symbolSize: 50,
    },
    header: { ...config.header, labelFontSize: SMALL_TYPE, labelPadding: 3 },
  };
}
