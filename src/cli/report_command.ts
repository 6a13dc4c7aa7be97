/** What `nicbench report` writes and prints. */
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../errors.js";
import { mergedRuns } from "../report/comparison/merged.js";
import { CHART_SIZES } from "../report/paper_size.js";
import { reportHtml } from "../report/html/page.js";
import { serveLive } from "../report/live.js";
import { prepareReport } from "../report/prepare.js";
import { REPORT_FORMATS, writeReport } from "../report/write.js";
import { readNamedRun } from "../results/open.js";
import { findRun } from "../results/query.js";
import { readRun } from "../results/reader.js";
import { listenForInterrupt } from "./interrupt.js";
import { parseChoice, parseList } from "./choices.js";
import { print, tell, warn } from "./terminal.js";
import type { ReportInput } from "../report/input.js";

export interface ReportFlags {
  readonly format: string;
  readonly size: string;
  readonly out?: string;
  readonly results: string;
  readonly watch?: true;
  readonly port?: number;
}

export async function report(names: readonly string[], flags: ReportFlags): Promise<void> {
  if (flags.watch === true) return watch(names, flags);
  const formats = parseList(flags.format, REPORT_FORMATS, "report format");
  const size = parseChoice(flags.size, CHART_SIZES, "chart size");
  const inputs: ReportInput[] = [];
  for (const name of names) inputs.push(await inputOf(name, flags));
  const files = await writeReport(oneInput(inputs), flags.out ?? join("reports", folderOf(inputs)), formats, { size });
  for (const file of files) print(file);
}

async function watch([name = "latest", ...others]: readonly string[], flags: ReportFlags): Promise<void> {
  if (others.length > 0)
    throw new UserError("USAGE", "Only one run can be watched.", "Name one: nicbench report latest --watch");
  const directory = await findRun(name, flags.results);
  await readRun(directory);
  const interrupt = listenForInterrupt();
  try {
    const { url, ended } = await serveLive(
      {
        version: async () => String((await stat(join(directory, "journal.ndjson"))).size),
        page: async () => reportHtml(await prepareReport(await readRun(directory)), { live: true }),
      },
      { port: flags.port ?? 0, signal: interrupt.signal },
    );
    print(url);
    tell("Open it in a browser; Ctrl-C ends it.");
    await ended;
  } finally {
    interrupt.dispose();
  }
}

async function inputOf(name: string, { results }: ReportFlags): Promise<ReportInput> {
  const run = await readNamedRun(name, results);
  for (const warning of run.warnings) warn(warning);
  return prepareReport(run);
}

function oneInput([first, second, ...more]: readonly ReportInput[]): ReportInput {
  if (first === undefined) throw new TypeError("commander asks for one run at least");
  if (second === undefined) return first;
  const all = [first, second, ...more] as const;
  const ids = new Set(all.map(({ manifest }) => manifest.run));
  if (ids.size === all.length) return mergedRuns(all);
  throw new UserError("USAGE", "A run is named twice.", "Name each once: nicbench report RUN latest");
}

function folderOf([first, ...others]: readonly ReportInput[]): string {
  const run = first?.manifest.run ?? "";
  return others.length === 0 ? run : `${run}-and-${others.length}-more`;
}
