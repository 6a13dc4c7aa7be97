/** Commands for hosts whose login shell we do not know. */
import { shellLine } from "../../shell.js";

/**
 * A POSIX script for `/bin/sh`, whatever the user's shell is.
 *
 * @param text ours, fixed, in one line and without single quotes; whatever comes from files goes to `words`
 * @param words become `$1`, `$2`, …
 * @param sudo as root, by `sudo -n`
 */
export function script(text: string, words: readonly string[] = [], sudo = false): string {
  return `exec ${sudo ? "sudo -n -- " : ""}/bin/sh -c '${text}' ${shellLine(["nicbench", ...words])}`;
}
