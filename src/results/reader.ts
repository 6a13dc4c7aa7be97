/** Reads a run directory, also one that a crash left behind. */
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";
import { readJournal } from "./journal.js";
import { manifestSchema } from "./schemas.js";
import { changesIn, outcomeOf, summariseRun } from "./summary.js";
import type { JournalEntry, RunManifest, SkippedPoint, Summary, TrialRecord } from "./model.js";

export interface Run {
  readonly directory: string;
  readonly manifest: RunManifest;
  readonly journal: readonly JournalEntry[];
  /** All trials of the journal, in its order, with those that were run again. */
  readonly trials: readonly TrialRecord[];
  readonly skipped: readonly SkippedPoint[];
  /** Made from the journal, so a killed run has one as well. */
  readonly summary: Summary;
  /** What was found damaged and left out. */
  readonly warnings: readonly string[];
}

/** @throws {UserError} RUN_NOT_FOUND, RUN_UNREADABLE, RUN_DAMAGED, RUN_SCHEMA */
export async function readRun(directory: string): Promise<Run> {
  const manifest = await readManifest(directory);
  const file = join(directory, "journal.ndjson");
  const { entries, torn } = await readJournal(await existing(file));
  const trials = entries.filter((entry) => entry.type === "trial");
  const skipped = entries.filter((entry) => entry.type === "skip");
  return {
    directory,
    manifest,
    journal: entries,
    trials,
    skipped,
    summary: summariseRun(manifest, { trials, skipped, changes: changesIn(entries) }, outcomeOf(entries)),
    warnings: torn ? [`The last line of ${file} is cut off and was left out; its trial was not finished.`] : [],
  };
}

/** @throws {UserError} RUN_NOT_FOUND, RUN_UNREADABLE, RUN_DAMAGED, RUN_SCHEMA */
export async function readManifest(directory: string): Promise<RunManifest> {
  const file = join(directory, "run.json");
  const content = parseJson(await read(file, directory), file);
  refuseOtherSchema(content, file);
  const parsed = manifestSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(file, `${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`);
}

async function read(file: string, directory: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") {
      const hint = "See the runs that there are: nicbench runs";
      throw new UserError("RUN_NOT_FOUND", `${directory} is no run: it has no run.json.`, hint, { cause: error });
    }
    throw new UserError("RUN_UNREADABLE", `${file} cannot be read: ${messageOf(error)}.`, undefined, { cause: error });
  }
}

async function existing(file: string): Promise<string> {
  return access(file).then(
    () => file,
    () => {
      throw damaged(file, "the file is missing");
    },
  );
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(file, messageOf(error));
  }
}

function refuseOtherSchema(content: unknown, file: string): void {
  if (typeof content !== "object" || content === null || !("schema" in content) || content.schema === 1) return;
  throw new UserError(
    "RUN_SCHEMA",
    `${file} has schema ${String(content.schema)}; this nicbench reads schema 1.`,
    "Use the version of nicbench that wrote it: see versions.nicbench in that file.",
  );
}

function damaged(file: string, problem: string): UserError {
  return new UserError("RUN_DAMAGED", `${file} is damaged: ${problem}.`, "Restore the file from a copy of the run.");
}
