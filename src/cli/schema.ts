/** `nicbench schema` */
import type { Command } from "commander";

export function addSchema(program: Command): void {
  program
    .command("schema")
    .summary("print the JSON Schema of suite or testbed files, for editors")
    .description("Prints the JSON Schema of suite or testbed files: editors complete and check by it.")
    .argument("<kind>", "suite or testbed")
    .addHelpText("after", AFTER)
    .action(async (kind: string) => {
      const { schemaOf } = await import("./schema_command.js");
      const { print } = await import("./terminal.js");
      print(JSON.stringify(schemaOf(kind), null, 2));
    });
}

const AFTER = `
Examples:
  $ nicbench schema suite > suite.schema.json
  then, as the first line of a suite, for editors with the YAML language server:
  # yaml-language-server: $schema=../suite.schema.json

See also: nicbench validate, nicbench list experiments`;
