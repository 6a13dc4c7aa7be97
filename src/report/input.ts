/** What a report is made of, and the questions that every format asks about it. */
import { countedTrials as bestTrials } from "../results/counted.js";
import { changeText } from "../results/changes.js";
import type { Comparison } from "../gate/compare.js";
import type { PointSamples } from "../gate/samples.js";
import type { ReferenceTable } from "../paper/reference/table.js";
import type {
  MetricDefinition,
  PointSummary,
  RunManifest,
  SkippedPoint,
  Summary,
  TrialRecord,
  Unit,
} from "../results/model.js";

export interface ReportInput {
  readonly manifest: RunManifest;
  readonly summary: Summary;
  /** All trials of the journal, in its order, with those that were run again. */
  readonly trials: readonly TrialRecord[];
  readonly skipped: readonly SkippedPoint[];
  /** As `summary.claims`, with all that is to be told about them; `prepareReport` adds it. */
  readonly claims?: readonly ReportClaim[];
  /** The published tables that plots name, those that could be read; `prepareReport` adds them. */
  readonly references?: ReadonlyMap<string, ReferenceTable>;
  /** Of a report of several runs: what they differ in. */
  readonly comparison?: RunComparison;
}

/** Several runs, of which the first is what the others are held against. */
export interface RunComparison {
  readonly runs: readonly ComparedRun[];
  readonly comparison: Comparison;
  /** Of all runs, to name them in tables. */
  readonly points: readonly PointSamples[];
}

export interface ComparedRun {
  /** As in labels of points: the time and the end of the run's id. */
  readonly label: string;
  readonly manifest: RunManifest;
  readonly summary: Summary;
}

/** A claim of the suite with its verdict. */
export interface ReportClaim {
  readonly id: string;
  /** The statement; empty where only the verdict is known. */
  readonly says: string;
  readonly verdict: string;
  readonly evidence: string;
  /** Every finding behind the verdict, one phrase each. */
  readonly details: readonly string[];
  /** What the paper measured, and where it says so, under which condition. */
  readonly published?: { readonly value: string; readonly context: string };
}

export function reportClaims({ claims, summary }: ReportInput): readonly ReportClaim[] {
  return claims ?? summary.claims.map((claim) => ({ ...claim, says: "", details: [] }));
}

/** What a reader must know of how the numbers came about. */
export function caveatsOf({ manifest, summary }: Pick<ReportInput, "manifest" | "summary">): readonly string[] {
  return [...(manifest.caveats ?? []), ...(summary.changes ?? []).map(changeText)];
}

/** Metrics that some point has, in the experiment's order: what it names first matters most. */
export function measuredMetrics({ manifest, summary }: ReportInput): readonly MetricDefinition[] {
  return manifest.metrics.filter(({ name }) => summary.points.some(({ metrics }) => name in metrics));
}

/** Title, unit and direction of a metric; made up from its name where the manifest does not define it. */
export function metricDefinition({ manifest, summary }: ReportInput, name: string): MetricDefinition {
  const known = manifest.metrics.find((metric) => metric.name === name);
  if (known) return known;
  const sample = summary.points.map(({ metrics }) => metrics[name]).find((metric) => metric !== undefined);
  const unit: Unit = sample?.unit ?? "count";
  return { name, title: name.replaceAll("_", " "), unit, better: sample?.better ?? "neither", description: "" };
}

/** Points with a measured value, in the order of the plan. */
export function measuredPoints({ summary }: ReportInput): readonly PointSummary[] {
  return summary.points.filter(({ metrics }) => Object.keys(metrics).length > 0);
}

/** Points without one, in the order of the plan: failed, skipped or not run yet. */
export function unmeasuredPoints({ summary }: ReportInput): readonly PointSummary[] {
  return summary.points.filter(({ metrics }) => Object.keys(metrics).length === 0);
}

/** Is there something to say about a point: it is not ok, or it is but has a mark? */
export function isFlagged({ status, flags }: PointSummary): boolean {
  return status !== "ok" || flags.length > 0;
}

/** Why a point has no value or bears a flag, in one sentence. */
export function reasonOf({ skipped, trials }: ReportInput, point: PointSummary): string {
  if (point.status === "ok") return point.flags.map(markText).join(" ");
  const said =
    point.reason ??
    skipped.find((skip) => skip.point === point.id)?.reason ??
    trials.findLast((trial) => trial.point === point.id && trial.reason !== undefined)?.reason;
  return said ?? (point.status === "pending" ? "not run: the run ended before" : "no reason was recorded");
}

/** What flags of points that are ok mean. */
const MARKS: Readonly<Record<string, string>> = {
  "near-generator-ceiling": "within 5 % of what the generator can do on this wire, so that it may have set the pace.",
  reused: "not measured by this run but taken from an earlier one under the same conditions; the journal names it.",
  "failed-trials": "some of its trials failed; they do not count.",
};

function markText(flag: string): string {
  const meaning = MARKS[flag];
  return meaning === undefined ? flag : `${flag}: ${meaning}`;
}

/** The trials that a point's numbers are made of, one a repetition. */
export function countedTrials({ trials }: ReportInput, point: string): readonly TrialRecord[] {
  return bestTrials(byPoint(trials).get(point) ?? []);
}

/** Remembered per journal, as every chart asks for every point. */
const trialsByPoint = new WeakMap<readonly TrialRecord[], ReadonlyMap<string, readonly TrialRecord[]>>();

function byPoint(trials: readonly TrialRecord[]): ReadonlyMap<string, readonly TrialRecord[]> {
  const known = trialsByPoint.get(trials);
  if (known) return known;
  const groups = new Map<string, TrialRecord[]>();
  for (const trial of trials) {
    const group = groups.get(trial.point);
    if (group) group.push(trial);
    else groups.set(trial.point, [trial]);
  }
  trialsByPoint.set(trials, groups);
  return groups;
}
