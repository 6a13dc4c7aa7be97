/** `nicbench rules` */
import type { Command } from "commander";

export function addRules(program: Command): void {
  const rules = program.command("rules").summary("look into files of rules").description("Looks into files of rules.");
  rules
    .command("check")
    .summary("count the rules of a file, and find those that are wrong")
    .description(
      "Reads a file of testpmd's 'flow create' commands, one a line, and prints how many rules there are by group and " +
        "pattern, and the first mistakes with line and column. A file may have any length.",
    )
    .argument("<file>", "text file, as for testpmd's --cmdline-file")
    .option("--json", "print JSON")
    .addHelpText("after", AFTER)
    .action(async (file: string, flags: { readonly json?: true }) => {
      const { check } = await import("./rules_command.js");
      check(file, flags.json === true);
    });
}

const AFTER = `
Empty lines and those that begin with # are left out; so are other commands of testpmd, which are counted.
A rule that is understood may still be one that a classifier cannot hold.

Examples:
  $ nicbench rules check filters.txt
  $ nicbench rules check filters.txt --json | jq .kinds`;
