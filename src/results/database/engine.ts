/** DuckDB in memory, for queries over runs and for Parquet. Loaded only by the commands that use it: it is optional. */
import { createRequire } from "node:module";
import { codeOf, UserError } from "../../errors.js";
import type { DuckDBConnection, DuckDBListType, DuckDBType, DuckDBValue } from "@duckdb/node-api";

export type Connection = DuckDBConnection;

/** A column of a table that is filled from here; lists of texts are the only type beyond DuckDB's own. */
export interface Column {
  readonly name: string;
  readonly type: "VARCHAR" | "VARCHAR[]" | "JSON" | "INTEGER" | "DOUBLE" | "BOOLEAN" | "TIMESTAMP";
}

export type Cell = string | number | boolean | readonly string[] | undefined;

/**
 * Calls `use` with an empty database that keeps nothing on disk, fetches no extension, and is gone afterwards.
 *
 * @throws {UserError} DUCKDB_MISSING
 */
export async function withDatabase<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
  const { DuckDBInstance } = loadDuckDb();
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    temp_directory: "",
  });
  try {
    const connection = await instance.connect();
    try {
      return await use(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

/** @param write rows for it, each with one cell a column */
export async function createTable(
  connection: Connection,
  name: string,
  columns: readonly Column[],
  rows: Iterable<readonly Cell[]>,
): Promise<void> {
  const list = columns.map((column) => `${quoted(column.name)} ${column.type}`).join(", ");
  await connection.run(`CREATE TABLE ${quoted(name)} (${list})`);
  const appender = await connection.createAppender(name);
  const types = columns.map((_, index) => appender.columnType(index));
  for (const row of rows) {
    for (const index of columns.keys()) appendCell(appender, row[index], types[index]);
    appender.endRow();
  }
  appender.closeSync();
}

/**
 * From now on nothing but `writable` can be read or written on this machine, nothing is reached beyond it, and no setting
 * can be changed: whatever statement comes.
 */
export async function lockDown(connection: Connection, writable?: string): Promise<void> {
  if (writable !== undefined) await connection.run(`SET allowed_paths = [${text(writable)}]`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
}

/** Writes what a SELECT gives as Parquet, compressed by Zstandard. */
export async function writeParquet(connection: Connection, select: string, file: string): Promise<void> {
  await connection.run(`COPY (${select}\n) TO ${text(file)} (FORMAT parquet, COMPRESSION zstd)`);
}

/** An identifier of SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal of SQL. */
export function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

/** A cell of a column of texts. */
export function textOf(cell: DuckDBValue | undefined): string {
  if (typeof cell !== "string") throw new TypeError("a cell that holds a text was asked for, and has none");
  return cell;
}

type Appender = Awaited<ReturnType<Connection["createAppender"]>>;

function appendCell(appender: Appender, cell: Cell, type: DuckDBType | undefined): void {
  if (cell === undefined) appender.appendNull();
  else if (typeof cell === "string") appender.appendVarchar(cell);
  else if (typeof cell === "boolean") appender.appendBoolean(cell);
  else if (typeof cell === "number") appender.appendDouble(cell);
  else appender.appendList(cell, type as DuckDBListType);
}

/** By `require`, as its package is CommonJS: `import` would read all its files for the names that they export first. */
function loadDuckDb(): typeof import("@duckdb/node-api") {
  try {
    return createRequire(import.meta.url)("@duckdb/node-api") as typeof import("@duckdb/node-api");
  } catch (error) {
    if (codeOf(error) !== "ERR_MODULE_NOT_FOUND" && codeOf(error) !== "MODULE_NOT_FOUND") throw broken(error);
    throw new UserError(
      "DUCKDB_MISSING",
      "This needs DuckDB, which is not installed, or not for this platform.",
      "Install it where nicbench is: npm install @duckdb/node-api. Without it: nicbench report RUN --format csv",
      { cause: error },
    );
  }
}

function broken(error: unknown): UserError {
  const hint = "Install it again where nicbench is: npm install @duckdb/node-api";
  return new UserError("DUCKDB_BROKEN", "DuckDB is installed, but does not load.", hint, { cause: error });
}
