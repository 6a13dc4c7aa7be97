/** Writes a merged run, with the logs of its shards. */
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { onStorage } from "./storage.js";
import { claimRun } from "./writer.js";
import type { ClaimVerdict, RunManifest, Summary } from "./model.js";
import type { MergedRun } from "./merge.js";
import type { Run } from "./reader.js";

/** @throws {UserError} DISK_FULL and others of storage; nothing is left then */
export async function writeMerged(
  root: string,
  { manifest, entries, outcome }: MergedRun,
  shards: readonly Run[],
  judge: (manifest: RunManifest, summary: Summary) => Promise<readonly ClaimVerdict[]>,
): Promise<{ readonly directory: string; readonly summary: Summary }> {
  const claim = await claimRun(root, manifest.run);
  try {
    await onStorage(claim.directory, () => copyLogs(shards, claim.logs));
    const writer = await claim.begin(manifest, entries);
    const summary = await writer.finish(outcome, (measured) => judge(manifest, measured));
    return { directory: claim.directory, summary };
  } catch (error) {
    await claim.discard({ keepLogs: false });
    throw error;
  }
}

/** Each with the number of its shard: hosts of two testbeds may have one name. */
async function copyLogs(shards: readonly Run[], logs: string): Promise<void> {
  for (const { directory, manifest } of shards) {
    const from = join(directory, "logs");
    const entries = await readdir(from, { withFileTypes: true }).catch(() => []);
    for (const { name } of entries.filter((entry) => entry.isFile()))
      await copyFile(join(from, name), join(logs, `shard-${manifest.shard?.index ?? 0}-${name}`));
  }
}
