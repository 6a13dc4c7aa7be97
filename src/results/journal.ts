/**
 * `journal.ndjson`: append-only, one entry a line, on disk before the next trial starts. It is what resume
 * and crash recovery read; everything else in a run directory can be derived from it.
 */
import { createReadStream } from "node:fs";
import { open, readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { UserError } from "../errors.js";
import { journalEntrySchema } from "./schemas.js";
import { onStorage } from "./storage.js";
import type { FileHandle } from "node:fs/promises";
import type { JournalEntry } from "./model.js";

export interface Journal {
  /**
   * Returns when the entry is on disk. If it cannot be written, the journal is as it was before.
   *
   * @throws {UserError} DISK_FULL, RESULTS_READ_ONLY
   */
  append(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

export interface JournalContent {
  readonly entries: readonly JournalEntry[];
  /** Bytes up to the end of the last whole entry. */
  readonly wholeBytes: number;
  /** A last line that a crash cut off. */
  readonly torn: boolean;
}

/** Opens for appending and cuts a torn last line off, so that the next entry starts on a line of its own. */
export async function openJournal(file: string, wholeBytes: number): Promise<Journal> {
  return onStorage(file, async () => {
    const handle = await open(file, "a");
    await handle.truncate(wholeBytes);
    return appendTo(handle, file, wholeBytes);
  });
}

/**
 * Reads all entries. A damaged last line is left out, because a crash may have cut it off; any other damage
 * is an error.
 *
 * @throws {UserError} RUN_DAMAGED
 */
export async function readJournal(file: string): Promise<JournalContent> {
  const text = await onStorage(file, () => readFile(file, "utf8"));
  const lines = text.split("\n");
  const rest = lines.pop() ?? ""; // empty, unless the last line break is missing
  const entries: JournalEntry[] = [];
  let wholeBytes = 0;
  for (const [index, line] of lines.entries()) {
    const entry = parseEntry(line);
    if (entry === undefined && (index < lines.length - 1 || rest !== "")) throw damaged(file, index + 1);
    if (entry === undefined) break;
    entries.push(entry);
    wholeBytes += Buffer.byteLength(line) + 1;
  }
  return { entries, wholeBytes, torn: wholeBytes < Buffer.byteLength(text) };
}

/** Walks a whole journal without holding it in memory. Damaged lines are left out. */
export async function* walkJournal(file: string): AsyncGenerator<JournalEntry> {
  for await (const line of createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity })) {
    const entry = parseEntry(line);
    if (entry !== undefined) yield entry;
  }
}

function appendTo(handle: FileHandle, file: string, start: number): Journal {
  let length = start;
  return {
    append: (entry) =>
      onStorage(file, async () => {
        const line = Buffer.from(`${JSON.stringify(entry)}\n`);
        try {
          await handle.appendFile(line);
          await handle.datasync();
          length += line.length;
        } catch (error) {
          await handle.truncate(length).catch(() => undefined);
          throw error;
        }
      }),
    close: () => handle.close(),
  };
}

function parseEntry(line: string): JournalEntry | undefined {
  try {
    return journalEntrySchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}

function damaged(file: string, line: number): UserError {
  return new UserError(
    "RUN_DAMAGED",
    `${file}:${line}: this line is no journal entry.`,
    "Restore the file from a copy, or delete the line by hand: only its trial is lost.",
  );
}
