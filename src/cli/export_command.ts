/** What `nicbench export` does. */
import { EXPORT_FORMATS, sampleTable, tableText, writeTable } from "../results/export.js";
import { parseChoice } from "./choices.js";
import { namedRun } from "./sample_sets.js";
import { notForTerminals, print, printData } from "./terminal.js";

export interface ExportFlags {
  readonly format: string;
  readonly out?: string;
  readonly results: string;
}

export async function exportRun(name: string, { format, out, results }: ExportFlags): Promise<void> {
  const kind = parseChoice(format, EXPORT_FORMATS, "format");
  if (kind === "parquet" && out === undefined) throw notForTerminals();
  const table = sampleTable(await namedRun(name, { results }));
  if (out !== undefined) {
    await writeTable(table, kind, out);
    print(out);
  } else if (kind !== "parquet") printData(tableText(table, kind).trimEnd());
}
