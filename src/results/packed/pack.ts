/** A run directory as one file. */
import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { create } from "tar";
import { UserError } from "../../errors.js";
import { writeOutput } from "../output.js";
import { onStorage } from "../storage.js";
import { isRunFile, MAX_BYTES, MAX_FILES } from "./names.js";

/**
 * Packs the files of a run, and nothing else that lies in its directory. The same run gives the same bytes: owners, times and
 * the order of the directory are left out.
 *
 * @throws {UserError} RUN_TOO_LARGE; OUTPUT_NOT_WRITTEN
 */
export async function packRun(directory: string, file: string): Promise<void> {
  const files = await filesOf(directory);
  await refuseTooLarge(directory, files);
  const folder = resolve(directory);
  await writeOutput(file, (draft) =>
    create(
      { file: draft, cwd: dirname(folder), gzip: true, portable: true, noMtime: true, strict: true },
      files.map((path) => join(basename(folder), path)),
    ),
  );
}

/** Paths relative to the run, in one order everywhere. Links are no files of a run. */
async function filesOf(directory: string): Promise<readonly string[]> {
  const entries = await onStorage(directory, () => readdir(directory, { recursive: true, withFileTypes: true }));
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)))
    .filter(isRunFile)
    .sort();
}

async function refuseTooLarge(directory: string, files: readonly string[]): Promise<void> {
  const facts = await Promise.all(files.map((path) => stat(join(directory, path))));
  const bytes = facts.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= MAX_BYTES && files.length <= MAX_FILES) return;
  throw new UserError(
    "RUN_TOO_LARGE",
    `${directory} has ${files.length} files of ${bytes} bytes; a packed run holds ${MAX_FILES} of ${MAX_BYTES} bytes at most.`,
    "Remove its logs or timeseries.csv, or copy the folder.",
  );
}
