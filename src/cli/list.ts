/** `nicbench list` */
import type { Command } from "commander";
import type { ListFlags } from "./list_command.js";

export function addList(program: Command): void {
  program
    .command("list")
    .summary("list suites, experiments, tables, wires or runs")
    .description(
      "Lists what there is: suites that ship and those below ./suites, experiments, flow tables, wires, or runs.",
    )
    .argument("<what>", "suites, experiments, tables, wires or runs")
    .option("--json", "print JSON")
    .option("--results <directory>", "where run directories are", "results")
    .addHelpText("after", AFTER)
    .action(async (what: string, flags: ListFlags) => {
      const { list } = await import("./list_command.js");
      await list(what, flags);
    });
}

const AFTER = `
Examples:
  $ nicbench list suites
  $ nicbench list tables --json
  $ nicbench list runs

See also: nicbench runs, nicbench report, nicbench schema`;
