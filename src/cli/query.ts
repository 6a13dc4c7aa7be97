/** `nicbench query` */
import type { Command } from "commander";
import type { QueryFlags } from "./query_command.js";

export function addQuery(program: Command): void {
  program
    .command("query")
    .summary("ask all runs something in SQL")
    .description("Asks all runs something in SQL (that of DuckDB). It can read the tables below, and nothing else.")
    .argument("<sql>", "the query")
    .option("-f, --format <format>", "table, md, csv, json or parquet", "table")
    .option("-o, --out <file>", "write it there instead of to stdout; parquet needs it")
    .option("--results <directory>", "where run directories are", "results")
    .addHelpText("after", AFTER)
    .action(async (sql: string, flags: QueryFlags) => {
      const { query } = await import("./query_command.js");
      await query(sql, flags);
    });
}

const AFTER = `
Tables:
  runs      one row a run: suite, start, outcome, trials by verdict, versions, commit, hosts, tags, note
  points    one row a point of a run: parameters (params), status, reason, flags
  metrics   one row a point and metric: n, median, ci95_low, ci95_high, min, max, unit, better
  trials    one row a trial: repetition, attempt, status, whether it counts, frames
  samples   one row a trial and metric: value, unit
Columns: nicbench query "DESCRIBE metrics". A parameter is params->>'table', as a number (params->>'traffic.flows')::DOUBLE.

Examples:
  $ nicbench query "SELECT run, started, ok, suspect, failed FROM runs ORDER BY started DESC LIMIT 5"
  $ nicbench query "SELECT started, params->>'table' AS tab, median FROM metrics WHERE metric = 'forwarding_rate'"
  $ nicbench query "SELECT * FROM samples WHERE suite = 'quickstart' AND counted" --format parquet --out samples.parquet

See also: nicbench runs, nicbench export, docs/formats.md`;
