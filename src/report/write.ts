/** Writes a run's report in the formats that are asked for. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";
import { reportCsv } from "./csv.js";
import { reportHtml } from "./html/page.js";
import { reportMarkdown } from "./markdown.js";
import { renderSpecs } from "./specs.js";
import { chartSvg } from "./svg.js";
import type { ReportInput } from "./input.js";

export type ReportFormat = "html" | "svg" | "csv" | "md";

export const REPORT_FORMATS: readonly ReportFormat[] = ["html", "svg", "csv", "md"];

/**
 * Writes `report.html`, one `chart-*.svg` a chart, `report.csv` and `report.md` into `outDir`, which is made if
 * it does not exist. Markdown shows the charts, so it brings the SVG files with it.
 *
 * @returns the paths written, in the order of `formats`
 * @throws {UserError} `REPORT_NOT_WRITTEN` with the path, if the directory or disk does not take it
 */
export async function writeReport(
  input: ReportInput,
  outDir: string,
  formats: readonly ReportFormat[],
): Promise<readonly string[]> {
  const wanted = new Set(formats.flatMap((format) => (format === "md" ? (["svg", "md"] as const) : [format])));
  const files = (await Promise.all([...wanted].map((format) => filesOf(input, format)))).flat();
  await saving(outDir, () => mkdir(outDir, { recursive: true }));
  for (const { name, text } of files) await saving(join(outDir, name), () => writeFile(join(outDir, name), text));
  return files.map(({ name }) => join(outDir, name));
}

interface ReportFile {
  readonly name: string;
  readonly text: string;
}

async function filesOf(input: ReportInput, format: ReportFormat): Promise<readonly ReportFile[]> {
  switch (format) {
    case "html":
      return [{ name: "report.html", text: await reportHtml(input) }];
    case "csv":
      return [{ name: "report.csv", text: reportCsv(input) }];
    case "md":
      return [{ name: "report.md", text: reportMarkdown(input, renderSpecs(input)) }];
    case "svg": {
      const drawn = renderSpecs(input).filter((chart) => chart.drawn > 0);
      return Promise.all(drawn.map(async (chart) => ({ name: `${chart.id}.svg`, text: await chartSvg(chart) })));
    }
  }
}

async function saving(path: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    throw new UserError(
      "REPORT_NOT_WRITTEN",
      `The report could not be written to ${path}: ${codeOf(error) ?? messageOf(error)}.`,
      "Check the directory's rights and the free space, or choose another with --out.",
      { cause: error },
    );
  }
}
