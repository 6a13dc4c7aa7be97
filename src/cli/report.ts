/** `nicbench report` */
import { join } from "node:path";
import type { Command } from "commander";

interface ReportFlags {
  readonly format: string;
  readonly out?: string;
  readonly results: string;
}

export function addReport(program: Command): void {
  program
    .command("report")
    .summary("write the report of a run")
    .description("Writes the report of a run, also of one that was stopped or killed.")
    .argument("<run>", "a run directory, a run's id, or latest")
    .option("-f, --format <list>", "html, svg, csv, md: one or more, separated by commas", "html")
    .option("-o, --out <directory>", "where to write it (default: reports/<run>)")
    .option("--results <directory>", "where run directories are", "results")
    .addHelpText("after", AFTER)
    .action(async (name: string, flags: ReportFlags) => {
      const [
        { findRun },
        { readRun },
        { writeReport, REPORT_FORMATS },
        { prepareReport },
        { parseList },
        { print, warn },
      ] = await Promise.all([
        import("../results/query.js"),
        import("../results/reader.js"),
        import("../report/write.js"),
        import("../report/prepare.js"),
        import("./choices.js"),
        import("./terminal.js"),
      ]);
      const formats = parseList(flags.format, REPORT_FORMATS, "report format");
      const run = await readRun(await findRun(name, flags.results));
      for (const warning of run.warnings) warn(warning);
      const files = await writeReport(
        await prepareReport(run),
        flags.out ?? join("reports", run.manifest.run),
        formats,
      );
      for (const file of files) print(file);
    });
}

const AFTER = `
Examples:
  $ nicbench report latest
  $ nicbench report results/quickstart-20260102T030405Z-1a2b --format html,svg,csv,md --out my-report

report.html is one file that works offline. Charts are also written one by one as SVG.

See also: nicbench list runs`;
