/**
 * Unpacks a packed run, which may come from anybody: only plain files with the names of a run's files are written, into a
 * folder that is new, and no more of them than a run can have. Anything else ends it, and nothing is left.
 */
import { createReadStream } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { extract, type ReadEntry } from "tar";
import { codeOf, messageOf, UserError } from "../../errors.js";
import { isRunFile, MAX_BYTES, MAX_FILES } from "./names.js";

export interface UnpackedRun {
  readonly directory: string;
  remove(): Promise<void>;
}

export interface UnpackLimits {
  readonly bytes: number;
  readonly files: number;
}

/** @throws {UserError} PACK_NOT_FOUND, PACK_UNSAFE, PACK_TOO_LARGE, PACK_DAMAGED */
export async function unpackRun(
  file: string,
  limits: UnpackLimits = { bytes: MAX_BYTES, files: MAX_FILES },
): Promise<UnpackedRun> {
  const folder = await mkdtemp(join(tmpdir(), "nicbench-"));
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    await unpackInto(folder, file, limits);
    const [run, ...others] = await readdir(folder);
    if (run === undefined || others.length > 0) throw unsafe(file, "it does not hold one run");
    return { directory: join(folder, run), remove };
  } catch (error) {
    await remove();
    throw asUserError(error, file);
  }
}

async function unpackInto(folder: string, file: string, limits: UnpackLimits): Promise<void> {
  const entries = entryChecker(file, limits);
  // `filter` sees every entry before anything of it is written; tar itself refuses to leave the folder or to follow links.
  const writer = extract({ cwd: folder, strict: true, noMtime: true, filter: (_, entry) => entries.accept(entry) });
  await pipeline(createReadStream(file), createGunzip(), atMost(limits.bytes, file), entries.stopper(), writer);
  entries.finish();
}

/** Remembers the first entry that is not one of a run. */
function entryChecker(file: string, { files }: UnpackLimits) {
  let count = 0;
  let problem: UserError | undefined;
  return {
    accept: (entry: unknown): boolean => {
      count += 1;
      problem ??= problemOf(entry as ReadEntry, file) ?? (count > files ? tooLarge(file) : undefined);
      return problem === undefined;
    },
    /** Ends the stream at the first problem, rather than to read on to the end of what nobody wants. */
    stopper: () => passing((chunk) => (chunk.length > 0 ? problem : undefined)),
    finish: (): void => {
      if (problem !== undefined) throw problem;
    },
  };
}

function problemOf({ path, type }: ReadEntry, file: string): UserError | undefined {
  const [run = "", ...rest] = path.split("/");
  const named = JSON.stringify(path);
  if (type !== "File" && type !== "OldFile") return unsafe(file, `${named} is a ${type}, not a file`);
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(run)) return unsafe(file, `${named} is in no run's folder`);
  return isRunFile(rest.join("/")) ? undefined : unsafe(file, `${named} is no file of a run`);
}

function atMost(bytes: number, file: string): Transform {
  let seen = 0;
  return passing((chunk) => {
    seen += chunk.length;
    return seen > bytes ? tooLarge(file) : undefined;
  });
}

function passing(check: (chunk: Buffer) => UserError | undefined): Transform {
  return new Transform({
    transform: (chunk: Buffer, _, done) => {
      const problem = check(chunk);
      if (problem === undefined) done(null, chunk);
      else done(problem);
    },
  });
}

function asUserError(error: unknown, file: string): unknown {
  if (error instanceof UserError) return error;
  const options = { cause: error };
  if (codeOf(error) === "ENOENT") {
    return new UserError("PACK_NOT_FOUND", `There is no ${file}.`, "Write it: nicbench pack RUN", options);
  }
  return new UserError(
    "PACK_DAMAGED",
    `${file} cannot be unpacked: ${messageOf(error)}.`,
    "Copy it again, or pack the run again: nicbench pack RUN",
    options,
  );
}

const UNSAFE_HINT = "It was not written by nicbench pack. Unpack it by hand if you trust who sent it: tar -xzf FILE";

function unsafe(file: string, why: string): UserError {
  return new UserError("PACK_UNSAFE", `${file} is no packed run: ${why}.`, UNSAFE_HINT);
}

function tooLarge(file: string): UserError {
  return new UserError("PACK_TOO_LARGE", `${file} holds more than a packed run can.`, UNSAFE_HINT);
}
