/** Gates and comparisons in GitHub-flavoured Markdown, for job summaries and pull requests. */
import { escapeMarkdown, markdownTable } from "../markdown_table.js";
import {
  compareDifferences,
  compareNotes,
  compareRows,
  countsText,
  gateDifferences,
  gateNotes,
  gateRows,
} from "./rows.js";
import type { Comparison } from "../../gate/compare.js";
import type { PointSamples } from "../../gate/samples.js";
import type { GateReport } from "./input.js";
import type { Rows } from "./rows.js";

export function gateMarkdown(report: GateReport): string {
  const { judgement, baseline, candidate, strict } = report;
  const fails = judgement.outcome === "inconclusive" && strict ? ", which fails under --strict" : "";
  return page([
    `# Gate of ${escapeMarkdown(candidate.suite)}: ${judgement.outcome}`,
    `**${countsText(report)}**${fails}.`,
    tableOf(gateRows(report)),
    "In brackets: trials behind a median; bounds of the change, each with the confidence of its rule.",
    listOf(gateNotes(report)),
    ...section("What else differs", gateDifferences(report)),
    `Held against ${runsText(baseline.runs)}: ${runsText(candidate.runs)}.`,
  ]);
}

export function compareMarkdown(comparison: Comparison, points: readonly PointSamples[]): string {
  const [first, ...others] = [comparison.first, ...comparison.others.map(({ runs }) => runs)];
  return page([
    `# ${others.map(runsText).join(" and ")} against ${runsText(first)}`,
    tableOf(compareRows(comparison, points)),
    listOf(compareNotes(comparison, points)),
    ...section("What else differs", compareDifferences(comparison)),
  ]);
}

function page(blocks: readonly string[]): string {
  return `${blocks.filter(Boolean).join("\n\n")}\n`;
}

function section(title: string, rows: Rows): readonly string[] {
  return rows.length === 0 ? [] : [`## ${title}`, tableOf(rows)];
}

function tableOf(rows: Rows): string {
  return markdownTable(rows, rows[0]?.map(() => "---") ?? []);
}

function listOf(notes: readonly string[]): string {
  return notes.map((note) => `- ${escapeMarkdown(note)}`).join("\n");
}

function runsText(runs: readonly string[]): string {
  return runs.map((run) => `\`${run.replaceAll("`", "")}\``).join(", ");
}
