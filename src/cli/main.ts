/** Entry of the command line. */
import { reportFailure } from "./failure.js";
import { createProgram } from "./program.js";
import { ignoreClosedPipes, refuseFilesTooLarge } from "./terminal.js";

ignoreClosedPipes();
refuseFilesTooLarge();
try {
  await createProgram().parseAsync(process.argv);
} catch (error) {
  process.exitCode = reportFailure(error);
}
