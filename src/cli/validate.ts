/** `nicbench validate` */
import { collect } from "./run.js";
import type { Command } from "commander";
import type { ValidateFlags } from "./validate_command.js";

export function addValidate(program: Command): void {
  program
    .command("validate")
    .summary("check a suite or testbed file")
    .description("Checks a suite or testbed file and prints every problem with line, column and what is allowed.")
    .argument("<file>", "suite or testbed")
    .option("--tag <name>", "check this variant of the suite; may be repeated", collect)
    .option("--set <key=value>", "with this override; may be repeated", collect)
    .option("--json", "print JSON")
    .addHelpText("after", AFTER)
    .action(async (file: string, flags: ValidateFlags) => {
      const { validate } = await import("./validate_command.js");
      await validate(file, flags);
    });
}

const AFTER = `
Examples:
  $ nicbench validate suites/quickstart.yaml
  $ nicbench validate testbeds/local.yaml

See also: nicbench schema, nicbench run --dry-run`;
