/** `nicbench report` */
import { InvalidArgumentError, type Command } from "commander";
import type { ReportFlags } from "./report_command.js";

export function addReport(program: Command): void {
  program
    .command("report")
    .summary("write the report of a run, or of several side by side")
    .description(
      "Writes the report of a run, also of one that was stopped or killed; of several runs, each point once a run, and what differs.",
    )
    .argument("<runs...>", "run directories, ids of runs, packed runs, or latest")
    .option("-f, --format <list>", "html, svg, png, pdf, csv, md: one or more, separated by commas", "html")
    .option("--size <size>", "of charts in files of their own: screen, column or page of a paper", "screen")
    .option("-o, --out <directory>", "where to write it (default: reports/<run>, or reports/<run>-and-<n>-more)")
    .option("--results <directory>", "where run directories are", "results")
    .option("--watch", "serve the page on this machine and renew it while the run goes on, until Ctrl-C")
    .option("--port <number>", "for --watch (default: one that is free)", parsePort)
    .addHelpText("after", AFTER)
    .action(async (names: readonly string[], flags: ReportFlags) => {
      const { report } = await import("./report_command.js");
      await report(names, flags);
    });
}

/** @throws {InvalidArgumentError} */
function parsePort(text: string): number {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  throw new InvalidArgumentError("Write a number from 1 to 65535.");
}

const AFTER = `
Examples:
  $ nicbench report latest
  $ nicbench report results/quickstart-20260102T030405Z-1a2b --format html,svg,csv,md --out my-report
  $ nicbench report quickstart-20260102T030405Z-1a2b.run.tar.gz
  $ nicbench report latest --format pdf --size column
  $ nicbench report latest --watch
  $ nicbench report quickstart-20260102T030405Z-1a2b latest

report.html is one file that works offline. Charts are also written one by one, as svg, png or pdf; --size column draws them 84 mm
wide and --size page 178 mm, in 8 pt type and without a title, for papers. png and pdf need Chromium (NICBENCH_CHROMIUM
names another than the one in PATH); pdf prints the page as well.

See also: nicbench compare, nicbench runs, nicbench pack`;
