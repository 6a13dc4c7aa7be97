/** A run's summary without reading its journal, where the one that it wrote is still that of its journal. */
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readRun } from "./reader.js";
import { summarySchema } from "./schemas.js";
import type { Summary } from "./model.js";

/**
 * A killed run has no `summary.json`, and one that was resumed has an old one: then the journal tells.
 *
 * @throws {UserError} as {@link readRun}
 */
export async function readSummary(directory: string): Promise<Summary> {
  return (await writtenSummary(directory)) ?? (await readRun(directory)).summary;
}

/** `summary.json` as it was written, unchecked; undefined where it is not that of its journal. A run that ends writes its journal first. */
export async function currentSummaryText(directory: string): Promise<string | undefined> {
  const file = join(directory, "summary.json");
  const [summary, journal] = await Promise.all([stat(file), stat(join(directory, "journal.ndjson"))]);
  return summary.mtimeMs < journal.mtimeMs ? undefined : readFile(file, "utf8");
}

async function writtenSummary(directory: string): Promise<Summary | undefined> {
  try {
    const text = await currentSummaryText(directory);
    return text === undefined ? undefined : summarySchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
