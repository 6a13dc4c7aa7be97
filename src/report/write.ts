/** Writes a run's report in the formats that are asked for. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { codeOf, messageOf, UserError } from "../errors.js";
import { reportCsv } from "./csv.js";
import { reportHtml } from "./html/page.js";
import { reportMarkdown } from "./markdown.js";
import { findChromium } from "./chromium.js";
import { sizedChart, type ChartSize } from "./paper_size.js";
import { renderSpecs, type ChartSpec } from "./specs.js";
import { chartSvg } from "./svg.js";
import type { ReportInput } from "./input.js";

export const REPORT_FORMATS = ["html", "svg", "png", "pdf", "csv", "md"] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportOptions {
  /** Of charts in files of their own. */
  readonly size?: ChartSize;
}

/**
 * Writes `report.html`, one `chart-*.svg` a chart (as PNG and PDF, too), `report.pdf`, `report.csv` and `report.md` into
 * `outDir`, which is made if it does not exist. Markdown shows the charts, so it brings the SVG files with it.
 *
 * @returns the paths written, in the order of `formats`
 * @throws {UserError} `REPORT_NOT_WRITTEN` with the path, if the directory or disk does not take it; BROWSER_MISSING and
 *   BROWSER_FAILED for PNG and PDF
 */
export async function writeReport(
  input: ReportInput,
  outDir: string,
  formats: readonly ReportFormat[],
  { size = "screen" }: ReportOptions = {},
): Promise<readonly string[]> {
  const wanted = new Set(formats.flatMap((format) => (format === "md" ? (["svg", "md"] as const) : [format])));
  const charts = renderSpecs(input).map((chart) => sizedChart(chart, size));
  const files = (await Promise.all([...wanted].map((format) => filesOf(input, charts, format)))).flat();
  await saving(outDir, () => mkdir(outDir, { recursive: true }));
  for (const { name, content } of files) await saving(join(outDir, name), () => writeFile(join(outDir, name), content));
  return files.map(({ name }) => join(outDir, name));
}

interface ReportFile {
  readonly name: string;
  readonly content: string | Uint8Array;
}

async function filesOf(
  input: ReportInput,
  charts: readonly ChartSpec[],
  format: ReportFormat,
): Promise<readonly ReportFile[]> {
  switch (format) {
    case "html":
      return [{ name: "report.html", content: await reportHtml(input) }];
    case "csv":
      return [{ name: "report.csv", content: reportCsv(input) }];
    case "md":
      return [{ name: "report.md", content: reportMarkdown(input, charts) }];
    case "svg":
      return drawn(charts, "svg", (svg) => Promise.resolve(svg));
    case "png":
      return drawn(charts, "png", (await findChromium()).png);
    case "pdf": {
      const { pdf, printed } = await findChromium();
      const page = { name: "report.pdf", content: await printed(await reportHtml(input)) };
      return [...(await drawn(charts, "pdf", pdf)), page];
    }
  }
}

/** One after the other, as each may start a browser. */
async function drawn(
  charts: readonly ChartSpec[],
  suffix: string,
  convert: (svg: string) => Promise<string | Uint8Array>,
): Promise<readonly ReportFile[]> {
  const files: ReportFile[] = [];
  for (const chart of charts.filter((one) => one.drawn > 0))
    files.push({ name: `${chart.id}.${suffix}`, content: await convert(await chartSvg(chart)) });
  return files;
}

/** @throws {UserError} `REPORT_NOT_WRITTEN` with the path */
export async function saving(path: string, write: () => Promise<unknown>): Promise<void> {
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
