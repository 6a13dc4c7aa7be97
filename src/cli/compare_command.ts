/** What `nicbench compare` prints. */
import { compareSets, mainMetrics } from "../gate/compare.js";
import { metricNamed } from "../gate/rules.js";
import { compareJson } from "../report/comparison/json.js";
import { compareMarkdown } from "../report/comparison/markdown.js";
import { compareDifferences, compareNotes, compareRows } from "../report/comparison/rows.js";
import { UserError } from "../errors.js";
import { parseShare } from "../units.js";
import { parseChoice } from "./choices.js";
import { namedSets, type SetFlags } from "./sample_sets.js";
import { columns, print } from "./terminal.js";
import { pool, type SampleMetric, type SampleSet } from "../gate/samples.js";

export interface CompareFlags extends SetFlags {
  readonly metric?: readonly string[];
  readonly margin: string;
  readonly confidence: string;
  readonly format: string;
  readonly json?: true;
}

export async function compare(names: readonly string[], flags: CompareFlags): Promise<void> {
  const format = parseChoice(flags.format, ["text", "md"] as const, "format");
  const [margin, confidence] = [parseShare(flags.margin), parseConfidence(flags.confidence)];
  const sets: SampleSet[] = [];
  for (const name of names) sets.push(pool(await namedSets(name, flags)));
  const [first, ...others] = sets;
  if (first === undefined || others.length === 0) throw onlyOne();
  const metrics = comparedMetrics(first, flags.metric);
  const comparison = compareSets(first, others, { metrics, margin, confidence });
  if (comparison.others.every(({ rows }) => rows.length === 0)) throw nothingInCommon(names);
  if (flags.json === true) return print(JSON.stringify(compareJson(comparison), null, 2));
  const points = sets.flatMap((set) => set.points);
  if (format === "md") return print(compareMarkdown(comparison, points).trimEnd());
  return print(
    [
      columns(compareRows(comparison, points)),
      compareNotes(comparison, points).join("\n"),
      columns(compareDifferences(comparison)),
    ]
      .filter(Boolean)
      .join("\n\n"),
  );
}

/** @throws {UserError} USAGE: no comparison is ever certain, and one below even odds says nothing */
export function parseConfidence(text: string): number {
  const confidence = parseShare(text);
  if (confidence >= 0.5 && confidence <= 0.9999) return confidence;
  throw new UserError("USAGE", `'${text}' is no confidence.`, "Write a share from 50% to 99.99%, such as 99%.");
}

function comparedMetrics(first: SampleSet, names: readonly string[] | undefined): readonly SampleMetric[] {
  return names?.map((name) => metricNamed(name, first.metrics)) ?? mainMetrics(first);
}

function onlyOne(): UserError {
  return new UserError("USAGE", "One run cannot be compared.", "Name two or more: nicbench compare RUN latest");
}

function nothingInCommon(names: readonly string[]): UserError {
  return new UserError(
    "COMPARE_NOTHING",
    `${names.join(" and ")} have no point and metric with ok trials in common.`,
    "Compare runs of one suite. Suspect trials are left out unless you add --suspect count; see them: nicbench report RUN",
  );
}
