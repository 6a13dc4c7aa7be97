/** What `nicbench site` writes and prints. */
import { writeSite } from "../report/site/write.js";
import { runDirectories } from "../results/query.js";
import { readRun } from "../results/reader.js";
import { messageOf, UserError } from "../errors.js";
import { print, warn } from "./terminal.js";
import type { HistoryRun } from "../report/site/history.js";

export interface SiteFlags {
  readonly results: string;
}

export async function site(directory: string, { results }: SiteFlags): Promise<void> {
  const runs = await readableRuns(results);
  if (runs.length === 0) {
    throw new UserError("RUN_NOT_FOUND", `There is no run in ${results}.`, "Name where they are: --results DIRECTORY");
  }
  for (const file of await writeSite(runs, directory)) print(file);
}

/** A damaged run does not hide the others. Trials are let go of at once, as histories may be long. */
async function readableRuns(results: string): Promise<readonly HistoryRun[]> {
  const runs: HistoryRun[] = [];
  for (const directory of await runDirectories(results)) {
    try {
      const { manifest, summary } = await readRun(directory);
      runs.push({ manifest, summary });
    } catch (error) {
      warn(`${directory} is left out: ${messageOf(error)}`);
    }
  }
  return runs;
}
