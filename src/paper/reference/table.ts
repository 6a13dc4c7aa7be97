/** Published series as data: what a row of `suites/reference/` becomes. */
import type { ParamValue, Params, Unit } from "../../results/model.js";

export interface ReferenceRow {
  /** Figure of the paper, or name of the experiment in its results repository. */
  readonly figure: string;
  /** As published, such as `Chaining (FC)`. */
  readonly series: string;
  readonly xName: string;
  /** A name, or a number in base units. */
  readonly x: number | string;
  /** The published quantity, such as `throughput`. */
  readonly yName: string;
  /** In `unit`. Median of `n` samples unless the folder's README says otherwise. */
  readonly y: number;
  readonly unit: Unit;
  readonly n?: number;
  /** In `unit`, as `y`: ends of the error bar, or extremes of the samples. */
  readonly min?: number;
  readonly max?: number;
  readonly condition?: string;
  readonly variant?: string;
  readonly nic?: string;
  /** The true value lies beyond `y`: the published axis ended there. */
  readonly censored: boolean;
  /** Series and x in the words of nicbench where they correspond: `{ table: "chaining", cores: 4 }`. */
  readonly params: Params;
}

export interface ReferenceTable {
  /** Such as `hpsr21/multi_thread`. */
  readonly name: string;
  readonly paper: string;
  readonly rows: readonly ReferenceRow[];
}

/** A row's value by parameter name, or by column: series, nic, variant, condition, figure, x. */
export function rowValue(row: ReferenceRow, key: string): ParamValue | undefined {
  if (Object.hasOwn(row.params, key)) return row.params[key];
  if (key === "x" || key === row.xName) return row.x;
  switch (key) {
    case "series":
    case "nic":
    case "variant":
    case "condition":
    case "figure":
      return row[key];
    default:
      return undefined;
  }
}

/** Factor from one unit to another of the same kind, or undefined. Our latencies are in ns, their outages in s. */
export function conversion(from: Unit, to: Unit): number | undefined {
  if (from === to) return 1;
  if (from === "s" && to === "ns") return 1e9;
  return from === "ns" && to === "s" ? 1e-9 : undefined;
}
