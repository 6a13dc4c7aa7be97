/** Files that a command was asked to write: whole or not at all. */
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";

/**
 * Has `write` fill a neighbour of `file`, which is then renamed to it.
 *
 * @throws {UserError} OUTPUT_NOT_WRITTEN, and what `write` throws as a `UserError`
 */
export async function writeOutput(file: string, write: (draft: string) => Promise<unknown>): Promise<void> {
  const draft = `${file}.part`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await write(draft);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    if (error instanceof UserError) throw error;
    const message = `${file} could not be written: ${codeOf(error) ?? messageOf(error)}.`;
    throw new UserError("OUTPUT_NOT_WRITTEN", message, "Check the folder's rights and the free space.", {
      cause: error,
    });
  }
}
