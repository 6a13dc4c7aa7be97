/** What `nicbench query` prints. */
import { stringify } from "csv-stringify/sync";
import { writeFile } from "node:fs/promises";
import { markdownTable } from "../report/markdown_table.js";
import { queryRuns, queryToParquet, type QueryResult, type QueryValue } from "../results/database/query.js";
import { writeOutput } from "../results/output.js";
import { parseChoice } from "./choices.js";
import { columns, notForTerminals, print, printData, warn } from "./terminal.js";

export interface QueryFlags {
  readonly format: string;
  readonly out?: string;
  readonly results: string;
}

export async function query(sql: string, { format, out, results }: QueryFlags): Promise<void> {
  const kind = parseChoice(format, ["table", "md", "csv", "json", "parquet"] as const, "format");
  if (kind === "parquet") {
    if (out === undefined) throw notForTerminals();
    for (const warning of await queryToParquet(sql, results, out)) warn(warning);
    return print(out);
  }
  const result = await queryRuns(sql, results);
  for (const warning of result.warnings) warn(warning);
  const text = TEXTS[kind](result);
  if (out === undefined) return (kind === "csv" ? printData : print)(text.replace(/\n$/, ""));
  await writeOutput(out, (draft) => writeFile(draft, text));
  return print(out);
}

const TEXTS = { table: tableText, md: markdownText, csv: csvText, json: jsonText };

function tableText({ columns: names, rows }: QueryResult): string {
  const count = `${rows.length} row${rows.length === 1 ? "" : "s"}`;
  return `${columns([names, ...rows.map((row) => row.map(shortText))]).replaceAll(/ +$/gm, "")}\n\n${count}\n`;
}

function markdownText({ columns: names, rows }: QueryResult): string {
  const align = names.map((_, index) => (rows.some((row) => typeof row[index] === "number") ? "---:" : ":---"));
  return `${markdownTable([names, ...rows.map((row) => row.map(shortText))], align)}\n`;
}

function csvText({ columns: names, rows }: QueryResult): string {
  return stringify([names, ...rows.map((row) => row.map(plainText))]);
}

function jsonText({ columns: names, rows }: QueryResult): string {
  const objects = rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]])));
  return `${JSON.stringify(objects, null, 2)}\n`;
}

/** On one line: notes and reasons may have several, and what a terminal would obey. */
function shortText(value: QueryValue | undefined): string {
  return plainText(value).replaceAll(/[\p{Cc}\s]+/gu, " ");
}

function plainText(value: QueryValue | undefined): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
