/** Writes the history site. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { saving } from "../write.js";
import { histories, type HistoryRun } from "./history.js";
import { historyPage, indexPage } from "./pages.js";

/**
 * `index.html` and a page for each suite and machine; pages that are there already are replaced.
 *
 * @returns the paths written, the index first
 * @throws {UserError} `REPORT_NOT_WRITTEN`
 */
export async function writeSite(runs: readonly HistoryRun[], outDir: string): Promise<readonly string[]> {
  const all = histories(runs);
  await saving(outDir, () => mkdir(outDir, { recursive: true }));
  const files = [join(outDir, "index.html")];
  await saving(files[0] ?? "", () => writeFile(files[0] ?? "", indexPage(all)));
  for (const history of all) {
    const file = join(outDir, `${history.id}.html`);
    const text = await historyPage(history);
    await saving(file, () => writeFile(file, text));
    files.push(file);
  }
  return files;
}
