/** What a report is made of, and the questions that every format asks about it. */
import { countedTrials as bestTrials } from "../results/counted.js";
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
}

/**
 * Metrics that some point has, the important first: those that readers compare runs by, then the others
 * in the experiment's order.
 */
export function measuredMetrics({ manifest, summary }: ReportInput): readonly MetricDefinition[] {
  const measured = manifest.metrics.filter(({ name }) => summary.points.some(({ metrics }) => name in metrics));
  return measured.toSorted((a, b) => importance(a.name) - importance(b.name));
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

/** Why a point has no value, in one sentence. */
export function reasonOf({ skipped, trials }: ReportInput, point: PointSummary): string {
  const said =
    point.reason ??
    skipped.find((skip) => skip.point === point.id)?.reason ??
    trials.findLast((trial) => trial.point === point.id && trial.reason !== undefined)?.reason;
  return said ?? (point.status === "pending" ? "not run: the run ended before" : "no reason was recorded");
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

const IMPORTANT: readonly string[] = [
  "forwarding_rate",
  "lookup_rate",
  "insert_rate",
  "update_rate",
  "erase_rate",
  "link_rate",
  "loss_ratio",
  "cycles_per_frame",
  "ns_per_op",
  "latency_p50",
  "latency_p99",
  "bytes_per_entry",
  "share_of_limit",
];

function importance(name: string): number {
  const place = IMPORTANT.indexOf(name);
  return place < 0 ? IMPORTANT.length : place;
}
