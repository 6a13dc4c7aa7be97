/** Reading /proc and /sys, as an interface so that tests bring the files of other machines. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import { codeOf } from "../errors.js";

export interface HostFiles {
  /** Content without surrounding white space; rejects as `fs.readFile` does. */
  text(path: string): Promise<string>;
  /** Names in a folder; rejects as `fs.readdir` does. */
  list(path: string): Promise<readonly string[]>;
  /** Name of what a symbolic link points to; rejects as `fs.readlink` does. */
  target(path: string): Promise<string>;
}

export const hostFiles: HostFiles = {
  text: async (path) => (await readFile(path, "utf8")).trim(),
  list: (path) => readdir(path),
  target: async (path) => basename(await readlink(path)),
};

/** The value that `read` finds, or `unavailable: why`. */
export async function orUnavailable(read: () => Promise<string>): Promise<string> {
  try {
    return (await read()) || unavailable("it is empty");
  } catch (error) {
    return unavailable(reasonOf(error));
  }
}

export function unavailable(why: string): string {
  return `unavailable: ${why}`;
}

export function isUnavailable(text: string): boolean {
  return text.startsWith("unavailable: ");
}

function reasonOf(error: unknown): string {
  const path = error instanceof Error && "path" in error ? String(error.path) : "its file";
  switch (codeOf(error)) {
    case "ENOENT":
      return `this kernel has no ${path}`;
    case "EACCES":
    case "EPERM":
      return `no permission to read ${path}`;
    default:
      return error instanceof Error ? error.message : String(error);
  }
}
