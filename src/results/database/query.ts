/** Questions in SQL over all runs of a folder. They can read the runs' tables, and nothing else on this machine or beyond. */
import { resolve } from "node:path";
import { messageOf, UserError } from "../../errors.js";
import { writeOutput } from "../output.js";
import { runDirectories } from "../query.js";
import { lockDown, withDatabase, writeParquet, type Connection } from "./engine.js";
import { createTables, tablesIn } from "./tables.js";

/** As JSON has it: integers beyond 2^53 are texts, as are times and dates. */
export type QueryValue = null | string | number | boolean | readonly QueryValue[] | { readonly [key: string]: QueryValue };

export interface QueryResult {
  /** Each once. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly QueryValue[])[];
  /** Runs that were left out, and why. */
  readonly warnings: readonly string[];
}

/** @throws {UserError} RUN_NOT_FOUND, DUCKDB_MISSING, QUERY_FAILED */
export async function queryRuns(sql: string, root: string): Promise<QueryResult> {
  return withRuns(sql, root, async (connection, warnings) => {
    await lockDown(connection);
    const result = await asking(() => runLast(connection, sql));
    const integers = result.columnTypes().map((type) => WIDE_INTEGER.test(type.toString()));
    const rows = result.getRowsJson() as QueryValue[][];
    return {
      columns: result.deduplicatedColumnNames(),
      rows: rows.map((row) => row.map((value, index) => (integers[index] === true ? asNumber(value) : value))),
      warnings,
    };
  });
}

/**
 * @returns warnings, as of {@link queryRuns}
 * @throws {UserError} also OUTPUT_NOT_WRITTEN
 */
export async function queryToParquet(sql: string, root: string, file: string): Promise<readonly string[]> {
  return withRuns(sql, root, async (connection, warnings) => {
    await writeOutput(resolve(file), async (draft) => {
      await lockDown(connection, draft);
      await asking(() => writeParquet(connection, sql.replace(/[\s;]+$/, ""), draft));
    });
    return warnings;
  });
}

/** SELECT, EXPLAIN and CREATE, as StatementType of DuckDB has them. What is created is in memory, and part of what PIVOT becomes. */
const READING: readonly number[] = [1, 4, 7];

/** The result of the last statement. */
async function runLast(connection: Connection, sql: string) {
  if (sql.replaceAll(/--.*$|;/gm, "").trim() === "") throw new Error("Parser Error: There is no statement.");
  const statements = await connection.extractStatements(sql);
  let last;
  for (let index = 0; index < statements.count; index += 1) {
    const prepared = await statements.prepare(index);
    if (!READING.includes(prepared.statementType)) throw new Error("Permission Error: Only SELECT and EXPLAIN are run.");
    last = await prepared.runAndReadAll();
  }
  if (last === undefined) throw new Error("a text without statements was parsed");
  return last;
}

async function withRuns<T>(
  sql: string,
  root: string,
  use: (connection: Connection, warnings: readonly string[]) => Promise<T>,
): Promise<T> {
  const directories = await runDirectories(root);
  if (directories.length === 0) {
    throw new UserError("RUN_NOT_FOUND", `There is no run in ${root}.`, "Name another folder: --results DIRECTORY");
  }
  return withDatabase(async (connection) => {
    return use(connection, await createTables(connection, directories, tablesIn(sql)));
  });
}

/** DuckDB gives them as texts, since JavaScript's numbers end at 2^53. */
const WIDE_INTEGER = /^U?(BIG|HUGE)INT$/;

function asNumber(value: QueryValue): QueryValue {
  const number = Number(value);
  return typeof value === "string" && Number.isSafeInteger(number) ? number : value;
}

async function asking<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const message = messageOf(error).trim();
    const hint = /^Permission Error|configuration/.test(message)
      ? "A query can only read the tables. Write what it gives with: --format csv, json or parquet, and --out FILE"
      : 'See what there is: nicbench query "SHOW TABLES", nicbench query "DESCRIBE metrics"; docs/formats.md';
    throw new UserError("QUERY_FAILED", `The query failed. ${message}`, hint, { cause: error });
  }
}
