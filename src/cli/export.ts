/** `nicbench export` */
import type { Command } from "commander";
import type { ExportFlags } from "./export_command.js";

export function addExport(program: Command): void {
  program
    .command("export")
    .summary("write the samples of a run as CSV, JSON or Parquet")
    .description("Writes every sample of a run as one tidy table: a row a trial and metric, a column a parameter.")
    .argument("<run>", "a run directory, a run's id, latest, or a packed run")
    .option("-f, --format <format>", "csv, json or parquet", "csv")
    .option("-o, --out <file>", "write it there instead of to stdout; parquet needs it")
    .option("--results <directory>", "where run directories are", "results")
    .addHelpText("after", AFTER)
    .action(async (name: string, flags: ExportFlags) => {
      const { exportRun } = await import("./export_command.js");
      await exportRun(name, flags);
    });
}

const AFTER = `
Numbers are in base units, times in UTC. counted says which trials the run's numbers are made of.

Examples:
  $ nicbench export latest > samples.csv
  $ nicbench export latest --format parquet --out samples.parquet

See also: nicbench query, nicbench report --format csv, docs/formats.md`;
