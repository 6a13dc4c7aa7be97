/** What `nicbench merge` does. */
import { claimVerdicts } from "../paper/run_claims.js";
import { mergeShards } from "../results/merge.js";
import { withRunDirectories } from "../results/open.js";
import { runId } from "../results/provenance.js";
import { readRun } from "../results/reader.js";
import { writeMerged } from "../results/write_merged.js";
import { shellLine } from "../shell.js";
import { shown } from "./files.js";
import { print, warn } from "./terminal.js";

export interface MergeFlags {
  readonly json?: true;
  readonly results: string;
}

export async function merge(names: readonly string[], { json, results }: MergeFlags): Promise<void> {
  await withRunDirectories(names, results, async (directories) => {
    const runs = await Promise.all(directories.map(readRun));
    for (const warning of runs.flatMap(({ warnings }) => warnings)) warn(warning);
    const id = runId(runs[0]?.manifest.suite.name ?? "", new Date());
    const merged = mergeShards(runs, id, shellLine(["nicbench", ...process.argv.slice(2)]));
    for (const warning of merged.warnings) warn(warning);
    const { directory, summary } = await writeMerged(results, merged, runs, claimVerdicts);
    print(json === true ? JSON.stringify(summary, null, 2) : shown(directory));
  });
}
