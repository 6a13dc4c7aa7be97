/** What runs wrote, as texts: DuckDB parses them many times as fast as we do. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { messageOf, UserError } from "../../errors.js";
import { readAnnotations, type Annotations } from "../annotations.js";
import { readManifest } from "../reader.js";
import { currentSummaryText, readSummary } from "../summaries.js";

/** `run.json` and `summary.json` of a run, with what people say about it. */
export interface RunTexts extends Annotations {
  readonly directory: string;
  readonly manifest: string;
  readonly summary: string;
}

/** @returns the run, or why it cannot be read */
export async function readTexts(directory: string): Promise<RunTexts | string> {
  return (await writtenTexts(directory)) ?? (await checkedTexts(directory));
}

/** The files as they are, checked by nobody; undefined where one is missing or older than the journal. */
async function writtenTexts(directory: string): Promise<RunTexts | undefined> {
  try {
    const [manifest, summary, annotations] = await Promise.all([
      readFile(join(directory, "run.json"), "utf8"),
      currentSummaryText(directory),
      readAnnotations(directory),
    ]);
    return summary === undefined ? undefined : { directory, manifest, summary, ...annotations };
  } catch {
    return undefined;
  }
}

/** Checked in full, and with a summary of the journal where none was written: slow, and knows what is wrong. */
export async function checkedTexts(directory: string): Promise<RunTexts | string> {
  try {
    const manifest = JSON.stringify(await readManifest(directory));
    const [summary, annotations] = await Promise.all([readSummary(directory), readAnnotations(directory)]);
    return { directory, manifest, summary: JSON.stringify(summary), ...annotations };
  } catch (error) {
    if (error instanceof UserError) return `${directory} is left out: ${messageOf(error)}`;
    throw error;
  }
}
