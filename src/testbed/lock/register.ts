/**
 * A text that the processes of one machine replace in turn, whoever their users are: files `lock.<n>` in one folder.
 *
 * The text is that of the file with the highest n. It is replaced by making n + 1 as a link, which the system lets one
 * process do and no other, with its whole content at once; then lower ones are removed. The highest is never removed, so
 * a process that was asleep meanwhile and makes a number again that was used already sees a higher one, and has lost.
 * (The folder has a handful of names, which one getdents64(2) lists at one moment.)
 */
import { randomBytes } from "node:crypto";
import { constants, mkdirSync } from "node:fs";
import { chmod, link, lstat, open, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf, UserError } from "../../errors.js";

export interface Version {
  readonly number: number;
  /** Empty before anything was written. */
  readonly text: string;
}

export interface Register {
  read(): Promise<Version>;
  /**
   * @param number of the version that was read
   * @returns false if another process replaced that version first, or replaced ours at the next moment: read again
   */
  replace(number: number, text: string): Promise<boolean>;
}

/** Its methods reject with {UserError} LOCK_FOLDER where the folder cannot be used. */
export function registerIn(folder: string): Register {
  const inFolder = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      await prepare(folder);
      return await work();
    } catch (error) {
      const hint =
        "Make it a folder that every user of the machine may write to, or name another: NICBENCH_LOCK_FOLDER.";
      throw new UserError("LOCK_FOLDER", `No lock can be kept in ${folder}: ${messageOf(error)}.`, hint);
    }
  };
  return {
    read: () => inFolder(() => read(folder)),
    replace: (number, text) => inFolder(() => replace(folder, number + 1, text)),
  };
}

/** Without the sticky bit: each user may take over what a dead process of another user left. */
async function prepare(folder: string): Promise<void> {
  const mask = process.umask(0);
  try {
    mkdirSync(folder, { mode: 0o777 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  } finally {
    process.umask(mask);
  }
  if (!(await lstat(folder)).isDirectory()) throw new Error("it is no folder");
}

async function read(folder: string): Promise<Version> {
  for (;;) {
    const number = Math.max(0, ...(await numbersIn(folder)));
    const text = number === 0 ? "" : await textOf(fileOf(folder, number));
    if (text !== undefined) return { number, text };
  }
}

async function replace(folder: string, number: number, text: string): Promise<boolean> {
  const draft = join(folder, `draft.${randomBytes(8).toString("hex")}`);
  try {
    await writeFile(draft, text, { flag: "wx" });
    await chmod(draft, 0o644);
    await link(draft, fileOf(folder, number));
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const numbers = await numbersIn(folder);
  const won = Math.max(...numbers) === number;
  const over = won ? numbers.filter((other) => other < number) : [number];
  await Promise.all(over.map((other) => rm(fileOf(folder, other), { force: true })));
  return won;
}

async function numbersIn(folder: string): Promise<readonly number[]> {
  return (await readdir(folder)).flatMap((name) => /^lock\.(\d{1,15})$/.exec(name)?.[1] ?? []).map(Number);
}

function fileOf(folder: string, number: number): string {
  return join(folder, `lock.${number}`);
}

const MAX_BYTES = 16 * 1024;

/** Undefined if it was replaced meanwhile; empty if it is no file of ours: whoever can write there can put anything there. */
async function textOf(file: string): Promise<string | undefined> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const { bytesRead, buffer } = await handle.read(Buffer.alloc(MAX_BYTES), 0, MAX_BYTES, 0);
      return buffer.toString("utf8", 0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return codeOf(error) === "ENOENT" ? undefined : "";
  }
}
