/** Runs of tables with made-up metrics: every value is known, and its interval is 1 % around it. */
import { parseReference } from "../../src/paper/reference/load.js";
import type { ReferenceTable } from "../../src/paper/reference/table.js";
import { renderSpecs, type ChartSpec } from "../../src/report/specs.js";
import { manifestOf } from "./synthetic_manifest.js";
import type { ReportInput } from "../../src/report/input.js";
import type { MetricDefinition, MetricSummary, Params, PlotRequest, PointSummary } from "../../src/results/model.js";

export interface MadeUpMetric extends Omit<MetricDefinition, "description"> {
  /** Undefined for a point that lacks it. */
  readonly value: (params: Params) => number | undefined;
}

export interface TableRun {
  readonly points: readonly Params[];
  readonly metrics: readonly MadeUpMetric[];
  readonly plots?: readonly PlotRequest[];
  /** Parameters that all points share. */
  readonly fixed?: Params;
  readonly references?: readonly ReferenceTable[];
  readonly trials?: number;
}

export function tableRun({
  points,
  metrics,
  plots = [],
  fixed = {},
  references = [],
  trials = 7,
}: TableRun): ReportInput {
  const planned = points.map((params, i) => ({ id: `p${i}`, params, resolved: { ...fixed, ...params } }));
  const manifest = manifestOf(planned, plots, "Tables");
  return {
    manifest: { ...manifest, metrics: metrics.map((metric) => ({ ...metric, description: "" })) },
    summary: {
      schema: 1,
      run: manifest.run,
      suite: "tables",
      testbed: "local",
      seed: 1,
      outcome: "complete",
      trials: { ok: trials * points.length, suspect: 0, failed: 0, skipped: 0 },
      points: planned.map(({ id, params }): PointSummary => {
        const summaries = metrics.flatMap((metric) => summaryOf(metric, params, trials));
        return { id, params, status: "ok", flags: [], metrics: Object.fromEntries(summaries) };
      }),
      claims: [],
    },
    trials: [],
    skipped: [],
    references: new Map(references.map((table) => [table.name, table])),
  };
}

function summaryOf({ name, unit, better, value }: MadeUpMetric, params: Params, n: number): [string, MetricSummary][] {
  const median = value(params);
  if (median === undefined) return [];
  const ci95 = [median * 0.99, median * 1.01] as const;
  return [[name, { unit, better, n, median, ci95, min: ci95[0], max: ci95[1] }]];
}

/** The chart of a run with one plot. */
export function onlyChart(run: TableRun): ChartSpec {
  const [chart] = renderSpecs(tableRun(run));
  if (!chart) throw new Error("the plot gave no chart");
  return chart;
}

export type Row = Readonly<Record<string, string | number | boolean>>;

export function rowsOf({ spec }: ChartSpec): readonly Row[] {
  return (spec as { data: { values: Row[] } }).data.values;
}

/** A published table out of CSV as it ships. */
export function published(name: string, rows: readonly string[]): ReferenceTable {
  const [paper = "", file = ""] = name.split("/");
  const text = ["figure,series,variant,nic,x_name,x,y_name,y,unit,n,min,max", ...rows].join("\n");
  return { name, paper, rows: parseReference(text, { paper, file, path: `${name}.csv` }) };
}
