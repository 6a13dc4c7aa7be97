/** A run that measured exactly what was published, with its error bars as intervals. */
import { xParam } from "../../src/paper/reference/names.js";
import type { ReferenceRow, ReferenceTable } from "../../src/paper/reference/table.js";
import type { MetricSummary, Params, PointSummary, Summary } from "../../src/results/model.js";
import { summary } from "./run.js";

export interface FromReference {
  /** Published quantity to the name of a metric; others are left out. */
  readonly metrics: Readonly<Record<string, string>>;
  readonly keep?: (row: ReferenceRow) => boolean;
  /** Parameters beyond those that the names map to, such as the NIC. */
  readonly extra?: (row: ReferenceRow) => Params;
  /**
   * Half width of the intervals. Unless told, intervals are the error bars: extremes of the runs, which are wider
   * than an interval of the median.
   */
  readonly spread?: number;
}

export function publishedRun(
  tables: readonly ReferenceTable[],
  { metrics, keep = () => true, extra = () => ({}), spread }: FromReference,
): Summary {
  const points = new Map<string, { readonly params: Params; readonly metrics: Record<string, MetricSummary> }>();
  for (const row of tables.flatMap(({ rows }) => rows)) {
    const metric = metrics[row.yName];
    if (metric === undefined || !keep(row)) continue;
    const params: Params = { ...row.params, ...extra(row) };
    const id = JSON.stringify(params);
    const known = points.get(id) ?? { params, metrics: {} };
    if (metric in known.metrics) throw new Error(`two rows for ${metric} at ${id}`);
    known.metrics[metric] = summaryOf(row, spread);
    points.set(id, known);
  }
  return summary([...points].map(([id, point]): PointSummary => ({ id, ...point, status: "ok", flags: [] })));
}

/** The x as a parameter even where no name of ours corresponds to it. */
export function xAs(name: string): (row: ReferenceRow) => Params {
  return ({ xName, x }) => (Object.keys(xParam(xName, x)).length > 0 ? {} : { [name]: x });
}

/** Published medians of few runs are taken as if they were many: the language is tested here, not the paper. */
function summaryOf({ y, min, max, unit }: ReferenceRow, spread: number | undefined): MetricSummary {
  const ci95 = spread === undefined ? ([min ?? y, max ?? y] as const) : ([y * (1 - spread), y * (1 + spread)] as const);
  return { unit, better: "neither", n: 8, median: y, ci95, min: ci95[0], max: ci95[1] };
}
