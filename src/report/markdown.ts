/** A summary in GitHub-flavoured Markdown, for an issue, a pull request or a wiki. */
import { commandLines } from "./command.js";
import { calibrationText } from "./calibration.js";
import { caveatsOf, isFlagged, reasonOf, reportClaims, type ReportInput } from "./input.js";
import { escapeMarkdown, markdownTable } from "./markdown_table.js";
import { pointLabeller } from "./params.js";
import { resultTable } from "./table.js";
import { verdictOf } from "./verdict.js";
import type { ChartSpec } from "./specs.js";

/** @param charts those whose SVG files lie beside the Markdown */
export function reportMarkdown(input: ReportInput, charts: readonly ChartSpec[]): string {
  const { suite, testbed, run, seed } = input.manifest;
  const { headline, counts } = verdictOf(input);
  const blocks = [
    `# ${escapeMarkdown(suite.title)}`,
    suite.description === undefined ? "" : escapeMarkdown(suite.description),
    `**${headline}**: ${counts}.`,
    ...caveatsOf(input).map(escapeMarkdown),
    ...claims(input),
    ...charts
      .filter(({ drawn }) => drawn > 0)
      .map(({ title, id, alt }) => `![${escapeMarkdown(`${title}. ${alt}`)}](${id}.svg)`),
    "## Results",
    resultRows(input),
    "Median, then the larger distance to a bound of its 95 % confidence interval (below 6 trials: the range of the trials).",
    ...flags(input),
    ...calibrations(input),
    "## Run it again",
    codeBlock(commandLines(input.manifest).repeat),
    `Run \`${run}\` of suite ${escapeMarkdown(suite.name)} on testbed ${escapeMarkdown(testbed.name)}, seed ${seed}.`,
  ];
  return `${blocks.filter(Boolean).join("\n\n")}\n`;
}

function resultRows(input: ReportInput): string {
  const { params, metrics, rows } = resultTable(input);
  const names = params.length === 0 ? ["Point"] : params;
  const header = [
    ...names,
    "Status",
    "Trials",
    ...metrics.map(({ title, axis }) => (axis.symbol === "" ? title : `${title}, ${axis.symbol}`)),
  ];
  const align = [...names.map(() => "---"), "---", "--:", ...metrics.map(() => "--:")];
  const body = rows.map((row) => [
    ...(params.length === 0 ? ["all"] : row.params),
    [row.status, ...row.marks].join(", "),
    String(row.n),
    ...row.cells.map((cell) => (cell ? `${cell.median} ${cell.spread}`.trim() : "–")),
  ]);
  return markdownTable([header, ...body], align);
}

function claims(input: ReportInput): readonly string[] {
  const all = reportClaims(input);
  if (all.length === 0) return [];
  const header = ["Claim", "Statement", "Verdict", "Evidence", "Published"];
  const rows = all.map(({ id, says, verdict, evidence, published }) => {
    const source = published === undefined ? "" : [published.value, published.context].filter(Boolean).join("; ");
    return [id, says, verdict, evidence, source];
  });
  return [
    "## Claims",
    markdownTable(
      [header, ...rows],
      header.map(() => "---"),
    ),
  ];
}

function flags(input: ReportInput): readonly string[] {
  const points = input.summary.points.filter(isFlagged);
  if (points.length === 0) return [];
  const label = pointLabeller(input.summary.points);
  const lines = points.map(
    (point) => `- ${escapeMarkdown(label(point))}: **${point.status}**, ${escapeMarkdown(reasonOf(input, point))}`,
  );
  return ["## Flags", lines.join("\n")];
}

function calibrations({ manifest }: ReportInput): readonly string[] {
  if (manifest.calibrations === undefined) return [];
  const lines = manifest.calibrations.map(
    (calibration) => `- ${escapeMarkdown(`${calibration.wire}: ${calibrationText(calibration)}`)}`,
  );
  return ["## Calibration of the generator", lines.join("\n")];
}

/** A fence longer than any run of backticks inside. */
function codeBlock(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sh\n${text}\n${fence}`;
}
