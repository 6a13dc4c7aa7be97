/** Writes a run directory: one journal entry a trial while it runs, the derived files at its end. */
import { mkdir, open, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.js";
import { writeDerived } from "./derived.js";
import { openJournal, readJournal } from "./journal.js";
import { lockRun } from "./lock.js";
import { readManifest } from "./reader.js";
import { isDiskFull, onStorage, writeWhole } from "./storage.js";
import { lighten, summariseRun } from "./summary.js";
import type { Journal, JournalContent } from "./journal.js";
import type { Lock } from "./lock.js";
import type { ClaimVerdict, HostChange, JournalEntry, RunManifest, SkippedPoint, Summary } from "./model.js";
import type { LightTrial } from "./summary.js";

/** Verdicts on the suite's claims, from a summary that has none yet. */
export type JudgeClaims = (summary: Summary) => Promise<readonly ClaimVerdict[]>;

export interface RunWriter {
  readonly directory: string;
  readonly manifest: RunManifest;
  /** Where logs of the agents go. */
  readonly logs: string;
  /** Trials of this run so far, those of earlier processes included. */
  readonly trials: readonly LightTrial[];
  readonly skipped: readonly SkippedPoint[];
  /**
   * Returns when the entry is on disk.
   *
   * @throws {UserError} DISK_FULL and others of storage. The entry of the trial at which the disk filled up is
   *   still written, into space kept for it.
   */
  append(entry: JournalEntry): Promise<void>;
  /** Ends the run: writes summary and samples, and lets go of the lock. */
  finish(outcome: Summary["outcome"], judge?: JudgeClaims, changes?: readonly HostChange[]): Promise<Summary>;
  /** Lets go without a summary, after an error. */
  abandon(): Promise<void>;
}

/** A directory that is ours, before it is known what the run will be: agents log there when they start. */
export interface ClaimedRun {
  readonly directory: string;
  readonly logs: string;
  /** Writes `run.json` and starts the journal, with what is known already if anything is. */
  begin(manifest: RunManifest, entries?: readonly JournalEntry[]): Promise<RunWriter>;
  /** Gives the directory up. It stays if its logs are to be read. */
  discard(options: { readonly keepLogs: boolean }): Promise<void>;
}

/**
 * Creates `<root>/<run>` and takes the space that it will need at its end.
 *
 * @throws {UserError} RESULTS_READ_ONLY, RESULTS_UNUSABLE, DISK_FULL: before anything has been measured
 */
export async function claimRun(root: string, run: string): Promise<ClaimedRun> {
  const directory = join(root, run);
  const logs = join(directory, "logs");
  return onStorage(directory, async () => {
    await mkdir(root, { recursive: true });
    await mkdir(directory);
    try {
      const lock = await lockRun(directory);
      await mkdir(logs);
      await reserveSpace(directory);
      const discard: ClaimedRun["discard"] = async ({ keepLogs }) => {
        await freeReserve(directory);
        lock.release();
        if (!keepLogs) await rm(directory, { recursive: true, force: true });
      };
      const begin: ClaimedRun["begin"] = (manifest, entries = []) => beginRun(directory, manifest, entries, lock);
      return { directory, logs, begin, discard };
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  });
}

async function beginRun(
  directory: string,
  manifest: RunManifest,
  entries: readonly JournalEntry[],
  lock: Lock,
): Promise<RunWriter> {
  return onStorage(directory, async () => {
    const lines = Buffer.from(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    await writeFile(join(directory, "journal.ndjson"), lines, { flag: "wx" });
    await writeWhole(join(directory, "run.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    return openWriter(directory, manifest, lock, { entries, wholeBytes: lines.length, torn: false });
  });
}

/**
 * Opens a run to continue it.
 *
 * @throws {UserError} RUN_LOCKED, and what reading it throws
 */
export async function reopenRun(directory: string): Promise<RunWriter> {
  const manifest = await readManifest(directory);
  return onStorage(directory, async () => {
    const lock = await lockRun(directory);
    try {
      const content = await readJournal(join(directory, "journal.ndjson"));
      await reserveSpace(directory);
      return await openWriter(directory, manifest, lock, content);
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

async function openWriter(
  directory: string,
  manifest: RunManifest,
  lock: Lock,
  { entries, wholeBytes }: JournalContent,
): Promise<RunWriter> {
  const journal = await openJournal(join(directory, "journal.ndjson"), wholeBytes);
  const trials: LightTrial[] = entries.filter((entry) => entry.type === "trial").map(lighten);
  const skipped: SkippedPoint[] = entries.filter((entry) => entry.type === "skip");
  const remember = (entry: JournalEntry): void => {
    if (entry.type === "trial") trials.push(lighten(entry));
    if (entry.type === "skip") skipped.push(entry);
  };
  const abandon = async (): Promise<void> => {
    await journal.close().catch(() => undefined);
    await freeReserve(directory);
    lock.release();
  };
  return {
    directory,
    manifest,
    logs: join(directory, "logs"),
    trials,
    skipped,
    append: async (entry) => {
      await appendSurely(journal, directory, entry, () => remember(entry));
    },
    finish: async (outcome, judge, changes) => {
      try {
        await freeReserve(directory);
        const seen = changes === undefined ? {} : { changes };
        await journal.append({ type: "end", at: new Date().toISOString(), outcome, ...seen });
        const measured = summariseRun(manifest, { trials, skipped, ...seen }, outcome);
        const summary = judge === undefined ? measured : { ...measured, claims: await judge(measured) };
        await writeDerived(directory, manifest, trials, summary);
        return summary;
      } finally {
        await abandon();
      }
    },
    abandon,
  };
}

/** When the disk is full, the kept space takes this last entry, and the error still ends the run. */
async function appendSurely(
  journal: Journal,
  directory: string,
  entry: JournalEntry,
  onWritten: () => void,
): Promise<void> {
  try {
    await journal.append(entry);
    onWritten();
  } catch (error) {
    if (!isDiskFull(error)) throw error;
    await freeReserve(directory);
    await journal.append(entry);
    onWritten();
    throw diskFull(directory, error);
  }
}

/** Enough for the largest usual entry and for the summary. */
const RESERVE_BYTES = 4 * 1024 * 1024;

/** Takes space now that the last trial will need if the disk fills up meanwhile. */
async function reserveSpace(directory: string): Promise<void> {
  const handle = await open(join(directory, ".reserve"), "w");
  try {
    await handle.writeFile(Buffer.alloc(RESERVE_BYTES));
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function freeReserve(directory: string): Promise<void> {
  await rm(join(directory, ".reserve"), { force: true }).catch(() => undefined);
}

function diskFull(directory: string, cause: unknown): UserError {
  return new UserError(
    "DISK_FULL",
    `The disk of ${directory} is full. All finished trials are saved.`,
    `Free some space, then continue: nicbench run --resume ${directory}`,
    { cause },
  );
}
