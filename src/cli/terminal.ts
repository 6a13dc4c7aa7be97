/**
 * Where output goes: results to stdout, everything else to stderr; colours on terminals only. What comes from files and
 * hosts gives a terminal no orders.
 */
import pc from "picocolors";
import { UserError } from "../errors.js";
import { printable } from "../printable.js";
import type { Writable } from "node:stream";

export type Colors = ReturnType<typeof pc.createColors>;

/** Results: what a pipe or a file wants. */
export function print(text: string): void {
  process.stdout.write(`${harmless(text, process.stdout)}\n`);
}

/** Tables that another program reads to the byte; only a terminal has them escaped. */
export function printData(text: string): void {
  if (process.stdout.isTTY) print(text);
  else process.stdout.write(`${text}\n`);
}

/** Progress, warnings and errors. */
export function tell(text: string): void {
  process.stderr.write(`${harmless(text, process.stderr)}\n`);
}

/** What may be written to a stream. */
export function harmless(text: string, stream: OutputStream): string {
  return printable(text, { colors: wantsColors(stream) });
}

type OutputStream = Writable & { readonly isTTY?: boolean };

export function notForTerminals(): UserError {
  return new UserError("USAGE", "Parquet is not for a terminal.", "Name a file: --out FILE.parquet");
}

/** Colours for a stream: FORCE_COLOR and NO_COLOR decide, else whether it is a terminal. */
export function colorsFor(stream: OutputStream): Colors {
  return pc.createColors(wantsColors(stream));
}

export function wantsColors({ isTTY }: { readonly isTTY?: boolean }): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = process.env;
  if (NO_COLOR !== undefined && NO_COLOR !== "") return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0";
  return isTTY === true && TERM !== "dumb";
}

export function warn(message: string, hint?: string): void {
  const colors = colorsFor(process.stderr);
  tell(`${colors.yellow("warning:")} ${message}`);
  if (hint !== undefined) tell(`${colors.dim("hint:")} ${hint}`);
}

/**
 * A file beyond the limit on sizes is an error of the write (EFBIG), not the end of the process. Node.js ignores the signal,
 * but libraries that start programs watch it meanwhile, and leave behind what ends the process.
 */
export function refuseFilesTooLarge(): void {
  process.on("SIGXFSZ", () => undefined);
}

/** A reader that went away, as in `nicbench list | head`, is no error; what it does not read is dropped. */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
    });
  }
}

/** Columns padded to one width each, two spaces apart; the last is not padded. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)));
  const line = (row: readonly string[]): string =>
    row.map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0))).join("  ");
  return rows.map(line).join("\n");
}
