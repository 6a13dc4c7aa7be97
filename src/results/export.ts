/** The samples of a run as one tidy table: a row a trial and metric, a column a parameter. */
import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { stringify } from "csv-stringify/sync";
import { createTable, lockDown, withDatabase, writeParquet, type Cell, type Column } from "./database/engine.js";
import { countedTrials, groupByPoint } from "./counted.js";
import { writeOutput } from "./output.js";
import type { ParamValue } from "./model.js";
import type { Run } from "./reader.js";

export const EXPORT_FORMATS = ["csv", "json", "parquet"] as const;

export interface SampleTable {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
}

/** In the order of the journal. A failed trial has one row without metric, so that no trial is missing. */
export function sampleTable({ manifest, trials }: Run): SampleTable {
  const names = [...new Set(manifest.points.flatMap(({ params }) => Object.keys(params)))];
  const params = new Map(manifest.points.map((point) => [point.id, point.params]));
  const counted = new Set([...groupByPoint(trials).values()].flatMap((group) => countedTrials(group)));
  const rows = trials.flatMap((trial) => {
    const { point, repetition, attempt, status, startedAt } = trial;
    const values = names.map((name) => params.get(point)?.[name]);
    const start = [manifest.run, point, ...values, repetition, attempt, status, counted.has(trial), startedAt.replace(/Z$/, "")];
    const samples = manifest.metrics.filter(({ name }) => trial.metrics[name] !== undefined);
    if (samples.length === 0) return [[...start, undefined, undefined, undefined]];
    return samples.map(({ name, unit }) => [...start, name, trial.metrics[name], unit]);
  });
  return { columns: columnsOf(names, [...params.values()]), rows };
}

/** CSV and JSON as text. */
export function tableText({ columns, rows }: SampleTable, format: "csv" | "json"): string {
  const names = columns.map(({ name }) => name);
  if (format === "csv") return stringify([names, ...rows.map((row) => row.map((cell) => String(cell ?? "")))]);
  const objects = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index] ?? null])));
  return `[\n${objects.map((object) => JSON.stringify(object)).join(",\n")}\n]\n`;
}

/** @throws {UserError} OUTPUT_NOT_WRITTEN; of Parquet also DUCKDB_MISSING */
export async function writeTable(table: SampleTable, format: (typeof EXPORT_FORMATS)[number], file: string): Promise<void> {
  await writeOutput(resolve(file), async (draft) => {
    if (format !== "parquet") return writeFile(draft, tableText(table, format));
    return withDatabase(async (connection) => {
      await createTable(connection, "samples", table.columns, table.rows);
      await lockDown(connection, draft);
      await writeParquet(connection, "SELECT * FROM samples", draft);
    });
  });
}

function columnsOf(names: readonly string[], params: readonly Readonly<Record<string, ParamValue>>[]): readonly Column[] {
  return [
    ...(["run", "point"] as const).map((name) => ({ name, type: "VARCHAR" as const })),
    ...names.map((name) => ({ name, type: typeOf(params.map((values) => values[name])) })),
    { name: "repetition", type: "INTEGER" },
    { name: "attempt", type: "INTEGER" },
    { name: "status", type: "VARCHAR" },
    { name: "counted", type: "BOOLEAN" },
    { name: "started", type: "TIMESTAMP" },
    { name: "metric", type: "VARCHAR" },
    { name: "value", type: "DOUBLE" },
    { name: "unit", type: "VARCHAR" },
  ];
}

/** Of a parameter: that of all its values, or text, such as of a rate that is a number or `max`. */
function typeOf(values: readonly (ParamValue | undefined)[]): Column["type"] {
  const types = new Set(values.filter((value) => value !== undefined).map((value) => typeof value));
  if (types.size !== 1) return "VARCHAR";
  if (types.has("number")) return "DOUBLE";
  return types.has("boolean") ? "BOOLEAN" : "VARCHAR";
}
