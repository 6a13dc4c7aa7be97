/** Errors, as people see them. */
import { CommanderError } from "commander";
import { UserError } from "../errors.js";
import { EXIT } from "./exit_codes.js";
import { colorsFor, tell } from "./terminal.js";
import type { ExitCode } from "./exit_codes.js";

/** Prints what is wrong and what to do; a stack only for our own bugs. */
export function reportFailure(error: unknown): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage; // it has printed already
  const colors = colorsFor(process.stderr);
  if (error instanceof UserError && error.code === "STOPPED") {
    tell(error.message);
    return EXIT.interrupted;
  }
  if (error instanceof UserError) {
    tell(`${colors.red("error:")} ${error.message}`);
    if (error.hint !== undefined && error.hint !== "") tell(`${colors.dim("hint:")} ${error.hint}`);
    return EXIT.usage;
  }
  tell(`${colors.red("internal error:")} ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  tell("This is a bug of nicbench. Please report it with the lines above and the command that you ran.");
  return EXIT.internal;
}
