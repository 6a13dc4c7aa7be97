/** One process at a time writes a run directory. */
import { link, readFile, rename, rm, writeFile } from "node:fs/promises";
import { readFileSync, rmSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { codeOf, UserError } from "../errors.js";
import { isAlive, thisProcess } from "../process_identity.js";

export interface Lock {
  release(): void;
}

/**
 * Takes the lock of a run directory. The lock of a dead process is taken over.
 *
 * @throws {UserError} RUN_LOCKED: another process works on this run
 */
export async function lockRun(directory: string): Promise<Lock> {
  const file = join(directory, "lock");
  const mine = JSON.stringify({ ...thisProcess(), host: hostname() });
  for (let attempt = 0; attempt < 5; attempt += 1) {
    if (await create(file, mine)) return { release: () => release(file, mine) };
    const holder = await readFile(file, "utf8").catch(() => undefined);
    if (holder === undefined) continue; // released in the meantime
    if (isHeld(holder)) throw locked(directory, holder);
    await removeIfStill(file, holder);
  }
  throw locked(directory, "");
}

const holderSchema = z.object({ pid: z.number(), host: z.string(), started: z.string() });

function parseHolder(text: string): z.infer<typeof holderSchema> | undefined {
  try {
    return holderSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** A link appears with its content or not at all, unlike a file that is created and then written. */
async function create(file: string, content: string): Promise<boolean> {
  const draft = `${file}.${process.pid}`;
  await writeFile(draft, content);
  try {
    await link(draft, file);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Removes a dead process's lock, but not that of a process which took it over just before us. */
async function removeIfStill(file: string, content: string): Promise<void> {
  const aside = `${file}.stale.${process.pid}`;
  await rename(file, aside).catch(() => undefined);
  const moved = await readFile(aside, "utf8").catch(() => undefined);
  if (moved !== undefined && moved !== content) await link(aside, file).catch(() => undefined);
  await rm(aside, { force: true });
}

function release(file: string, mine: string): void {
  try {
    if (readFileSync(file, "utf8") === mine) rmSync(file);
  } catch {
    // The directory is gone or not writable any more; a later process sees that we are dead.
  }
}

/** On another machine we cannot look, so the holder counts as alive. Damaged locks count as dead. */
function isHeld(text: string): boolean {
  const holder = parseHolder(text);
  if (holder === undefined) return false;
  return holder.host !== hostname() || isAlive(holder);
}

function locked(directory: string, text: string): UserError {
  const holder = parseHolder(text);
  const who = holder === undefined ? "Another process" : `Process ${holder.pid} on ${holder.host}`;
  return new UserError(
    "RUN_LOCKED",
    `${who} works on ${directory}.`,
    `Wait for it to end. If it is not running any more, delete ${join(directory, "lock")}.`,
  );
}
