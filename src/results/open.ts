/** Runs by the names that people type: a path, an id, `latest`, or a packed run. */
import { isPacked } from "./packed/names.js";
import { unpackRun } from "./packed/unpack.js";
import { findRun } from "./query.js";
import { readRun, type Run } from "./reader.js";

/**
 * Calls `use` with the directory of the run; that of a packed one is removed afterwards.
 *
 * @throws {UserError} what {@link findRun} and {@link unpackRun} throw
 */
export async function withRunDirectory<T>(
  name: string,
  root: string,
  use: (directory: string) => Promise<T>,
): Promise<T> {
  if (!isPacked(name)) return use(await findRun(name, root));
  const unpacked = await unpackRun(name);
  try {
    return await use(unpacked.directory);
  } finally {
    await unpacked.remove();
  }
}

/** The same for several runs at once. */
export async function withRunDirectories<T>(
  [name, ...others]: readonly string[],
  root: string,
  use: (directories: readonly string[]) => Promise<T>,
): Promise<T> {
  if (name === undefined) return use([]);
  return withRunDirectory(name, root, (first) => withRunDirectories(others, root, (rest) => use([first, ...rest])));
}

/** @throws {UserError} as {@link withRunDirectory} and {@link readRun} */
export function readNamedRun(name: string, root: string): Promise<Run> {
  return withRunDirectory(name, root, readRun);
}
