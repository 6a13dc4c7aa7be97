/** Published values as the rows of a chart, beside the measured ones. */
import type { ParamValue, Unit } from "../../results/model.js";
import { UserError } from "../../errors.js";
import { didYouMean } from "../../yaml/nearest.js";
import { quote } from "../../yaml/problems.js";
import { sameValue } from "../language/threshold.js";
import { loadReference, referenceRoot } from "./load.js";
import { nicTitle, publishedQuantity } from "./names.js";
import { findPaper, sourceText } from "./papers.js";
import { rowValue, type ReferenceRow, type ReferenceTable } from "./table.js";

/** Which published values; names are parameters of ours where they correspond, or columns of the table. */
export interface ReferenceRequest {
  /** Such as `hpsr21`. */
  readonly paper: string;
  /** Such as `multi_thread`. */
  readonly file: string;
  /** Published quantity such as `throughput`, or one of our metrics that corresponds to one, such as `link_rate`. */
  readonly y: string;
  /** Only rows with these values, such as `{ nic: "cx5", sharing: "sharded" }`; a list takes any of them. */
  readonly where?: Readonly<Record<string, ParamValue | readonly ParamValue[]>>;
  /** What is on the x axis. Default: the table's own x. */
  readonly x?: string;
  /** What tells series apart. Default: the published name, with the NIC where there are several. */
  readonly series?: string;
}

export interface ReferencePoint {
  readonly series: string;
  readonly x: number | string;
  /** In the unit of the series, as `min` and `max`. */
  readonly y: number;
  readonly min?: number;
  readonly max?: number;
}

export interface ReferenceSeries {
  readonly rows: readonly ReferencePoint[];
  readonly unit: Unit;
  /** The published quantity. */
  readonly y: string;
  /** For the caption. */
  readonly source: string;
}

/**
 * The published values that a chart shows.
 *
 * @throws {UserError} `REFERENCE_UNKNOWN`, `REFERENCE_INVALID`, or `REFERENCE_EMPTY` where nothing fits the request
 */
export async function referenceSeries(request: ReferenceRequest, root = referenceRoot): Promise<ReferenceSeries> {
  return seriesOf(await loadReference(`${request.paper}/${request.file}`, root), request);
}

/** As {@link referenceSeries}, of a table that is there already. */
export function seriesOf(table: ReferenceTable, request: Omit<ReferenceRequest, "paper" | "file">): ReferenceSeries {
  const y = quantityOf(table, request.y);
  const rows = table.rows.filter((row) => row.yName === y && fits(row, request.where ?? {}));
  const points = rows.flatMap((row) => toPoint(row, request, rows) ?? []);
  const [first] = rows;
  if (first === undefined || points.length === 0) throw empty(table, y, request);
  const paper = findPaper(table.paper);
  const source = paper === undefined ? `Published: ${table.name}.` : sourceText(paper);
  return { rows: points, unit: first.unit, y, source };
}

/** Whether a row has all these values. */
export function fits(row: ReferenceRow, where: Readonly<Record<string, ParamValue | readonly ParamValue[]>>): boolean {
  return Object.entries(where).every(([key, wanted]) => {
    const value = rowValue(row, key);
    const allowed: readonly ParamValue[] = typeof wanted === "object" ? wanted : [wanted];
    return value !== undefined && allowed.some((one) => sameValue(one, value));
  });
}

/**
 * The published quantity that `y` names or corresponds to.
 *
 * @throws {UserError} `REFERENCE_EMPTY`
 */
export function quantityOf(table: ReferenceTable, y: string): string {
  const known = [...new Set(table.rows.map(({ yName }) => yName))];
  const name = known.includes(y) ? y : (publishedQuantity(y) ?? y);
  if (known.includes(name)) return name;
  const hint = `It has: ${known.join(", ")}`;
  throw new UserError("REFERENCE_EMPTY", `${table.name} has no ${quote(y)}${didYouMean(y, known)}`, hint);
}

function toPoint(
  row: ReferenceRow,
  { x, series }: Pick<ReferenceRequest, "x" | "series">,
  all: readonly ReferenceRow[],
): ReferencePoint | undefined {
  const at = x === undefined ? row.x : rowValue(row, x);
  const name = series === undefined ? nameOf(row, all) : rowValue(row, series);
  if (at === undefined || name === undefined) return undefined;
  const { y, min, max } = row;
  return {
    series: String(name),
    x: typeof at === "boolean" ? String(at) : at,
    y,
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
  };
}

/** The published name, with NIC and variant where they differ. */
function nameOf({ series, nic, variant }: ReferenceRow, all: readonly ReferenceRow[]): string {
  const nics = new Set(all.map((row) => row.nic));
  const variants = new Set(all.filter((row) => row.series === series).map((row) => row.variant));
  const parts = [
    series,
    ...(nics.size > 1 && nic !== undefined ? [nicTitle(nic)] : []),
    ...(variants.size > 1 && variant !== undefined ? [variant] : []),
  ];
  return parts.join(", ");
}

function empty(
  table: ReferenceTable,
  y: string,
  { where = {}, x, series }: Omit<ReferenceRequest, "paper" | "file">,
): UserError {
  const asked = [
    ...Object.entries(where).map(([key, value]) => `${key} ${String(value)}`),
    ...[x, series].filter(Boolean),
  ];
  const columns = new Set(table.rows.flatMap(({ params }) => Object.keys(params)));
  return new UserError(
    "REFERENCE_EMPTY",
    `${table.name} has no ${y}${asked.length === 0 ? "" : ` with ${asked.join(", ")}`}.`,
    `Its rows have ${[...columns].join(", ")}, and the columns series, x, figure, nic, variant, condition.`,
  );
}
