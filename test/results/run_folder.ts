/** Run directories on disk, written by the real writer. */
import { claimRun } from "../../src/results/writer.js";
import { sampleManifest, sampleTrial } from "./sample.js";
import type { JournalEntry, RunManifest } from "../../src/results/model.js";

/** Two ok trials a point of the sample. */
const TRIALS = ["aaa", "bbb"].flatMap((point) => [sampleTrial(point, 0), sampleTrial(point, 1)]);

/** @returns its directory, below `root` */
export async function runFolder(
  root: string,
  changes: Partial<RunManifest> = {},
  entries: readonly JournalEntry[] = TRIALS,
): Promise<string> {
  const manifest = sampleManifest(changes);
  const writer = await (await claimRun(root, manifest.run)).begin(manifest);
  for (const entry of entries) await writer.append(entry);
  await writer.finish("complete");
  return writer.directory;
}
