/** The command lines of a run, ready to be pasted into a shell. */
import type { RunManifest } from "../results/model.js";

export interface CommandLines {
  /** As typed. */
  readonly typed: string;
  /** The one that repeats the run. */
  readonly repeat: string;
}

/** A manifest holds either the words of one command, or two whole lines: as typed, and to repeat. */
export function commandLines({ command }: RunManifest): CommandLines {
  const wholeLines = command.length > 0 && command.length <= 2 && command.every((line) => line.trim().includes(" "));
  const lines = wholeLines ? command : [command.map(shellWord).join(" ")];
  const [typed = ""] = lines;
  return { typed, repeat: lines.at(-1) ?? typed };
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
