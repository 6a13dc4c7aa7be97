/** Finds runs: by path, by id, or the latest. */
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { UserError } from "../errors.js";
import { readAnnotations, type Annotations } from "./annotations.js";
import { readManifest } from "./reader.js";
import { readSummary } from "./summaries.js";
import type { Summary } from "./model.js";

export interface RunListing extends Annotations {
  readonly run: string;
  readonly directory: string;
  readonly suite: string;
  readonly startedAt: string;
  readonly outcome: Summary["outcome"];
  readonly trials: Summary["trials"];
}

/**
 * Directory of the run that `name` means: a path, an id in `root`, or `latest`.
 *
 * @throws {UserError} RUN_NOT_FOUND
 */
export async function findRun(name: string, root: string): Promise<string> {
  const directories = await runDirectories(root);
  if (name === "latest") {
    const last = directories.at(-1);
    if (last !== undefined) return last;
    throw new UserError("RUN_NOT_FOUND", `There is no run in ${root}.`, "Start one: nicbench run suites/quickstart.yaml");
  }
  for (const directory of [name, join(root, name)]) {
    if (await isRun(directory)) return directory;
  }
  const matches = directories.filter((directory) => basename(directory).startsWith(name));
  if (matches.length === 1 && matches[0] !== undefined) return matches[0];
  const problem = matches.length === 0 ? "is no run" : `may be any of ${matches.length} runs`;
  throw new UserError("RUN_NOT_FOUND", `${name} ${problem} in ${root}.`, "See them all: nicbench runs");
}

/** Directories of all runs, the oldest first. */
export async function runDirectories(root: string): Promise<readonly string[]> {
  const names = await readdir(root).catch(() => []);
  const found = await Promise.all(names.map(async (name) => ({ name, time: await startOf(join(root, name)) })));
  return found
    .filter(({ time }) => time > 0)
    .sort((a, b) => stamp(a.name).localeCompare(stamp(b.name)) || a.time - b.time)
    .map(({ name }) => join(root, name));
}

/** All readable runs, the oldest first. */
export async function listRuns(root: string): Promise<readonly RunListing[]> {
  const listings = await Promise.all((await runDirectories(root)).map(listingOf));
  return listings.filter((listing) => listing !== undefined);
}

/** Undefined where the run cannot be read. */
async function listingOf(directory: string): Promise<RunListing | undefined> {
  try {
    const { run, suite, startedAt } = await readManifest(directory);
    const { outcome, trials } = await readSummary(directory);
    const annotations = await readAnnotations(directory).catch(() => ({ tags: [], note: "" }));
    return { run, directory, suite: suite.name, startedAt, outcome, trials, ...annotations };
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function isRun(directory: string): Promise<boolean> {
  return (await startOf(directory)) > 0;
}

/** When `run.json` was written, in ms; 0 if this is no run. */
async function startOf(directory: string): Promise<number> {
  return stat(join(directory, "run.json")).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );
}

/** The UTC time in the name of a run. */
function stamp(name: string): string {
  return /\d{8}T\d{6}Z/.exec(name)?.[0] ?? "";
}
