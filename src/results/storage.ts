/** Files that survive a crash, and errors of the file system in words that help. */
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";

/** Writes a file whole or not at all: to a neighbour first, then renamed over the old one. */
export async function writeWhole(file: string, content: string): Promise<void> {
  const draft = `${file}.part`;
  const handle = await open(draft, "w");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file);
  await syncDirectory(dirname(file));
}

/** Makes created, renamed and removed names durable. */
export async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Runs `action`; what the file system refuses becomes a {@link UserError} about `path`. */
export async function onStorage<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw storageError(error, path);
  }
}

export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT", "DISK_FULL"].includes(codeOf(error) ?? "");
}

/** The error as a `UserError` where the user can mend it; any other error unchanged. */
function storageError(error: unknown, path: string): unknown {
  if (error instanceof UserError) return error;
  const options = { cause: error };
  switch (codeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new UserError(
        "DISK_FULL",
        `No space left for ${path}.`,
        "Free some space or choose another disk: nicbench run --results <directory>",
        options,
      );
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new UserError(
        "RESULTS_READ_ONLY",
        `${path} cannot be written: ${messageOf(error)}.`,
        "Choose a directory that you may write to: nicbench run --results <directory>",
        options,
      );
    case "EEXIST":
    case "ENOENT":
    case "ENOTDIR":
    case "EISDIR":
    case "EIO":
    case "ENAMETOOLONG":
      return new UserError("RESULTS_UNUSABLE", `${path} cannot be used: ${messageOf(error)}.`, undefined, options);
    default:
      return error;
  }
}
