/** `summary.json` from the plan and the journal: pure, so that a crashed run is summarised like any other. */
import { summarise as summariseSample } from "../statistics/summary.js";
import { countedTrials, groupByPoint } from "./counted.js";
import type {
  Drop,
  FrameCounts,
  HostChange,
  JournalEntry,
  MetricDefinition,
  MetricSummary,
  PlannedPoint,
  PointStatus,
  PointSummary,
  RunManifest,
  SkippedPoint,
  Summary,
  TrialRecord,
} from "./model.js";

/** A trial without its bulk: what a summary needs of it. */
export type LightTrial = Omit<TrialRecord, "latency" | "series">;

export function lighten({ latency: _latency, series: _series, ...light }: TrialRecord): LightTrial {
  return light;
}

export interface History {
  readonly trials: readonly LightTrial[];
  readonly skipped: readonly SkippedPoint[];
  readonly changes?: readonly HostChange[];
}

export function summariseRun(
  manifest: RunManifest,
  { trials, skipped, changes = [] }: History,
  outcome: Summary["outcome"],
): Summary {
  const byPoint = groupByPoint(trials);
  const skips = new Map(skipped.map((skip) => [skip.point, skip.reason]));
  const reused = trials.filter((trial) => trial.reused !== undefined).length;
  const context = { metrics: manifest.metrics, min: manifest.schedule?.repeat.min ?? 1, outcome };
  return {
    schema: 1,
    run: manifest.run,
    suite: manifest.suite.name,
    testbed: manifest.testbed.name,
    seed: manifest.seed,
    outcome,
    trials: {
      ok: count(trials, "ok"),
      suspect: count(trials, "suspect"),
      failed: count(trials, "failed"),
      skipped: skips.size,
      ...(reused === 0 ? {} : { reused }),
    },
    points: manifest.points.map((point) => summarisePoint(point, byPoint.get(point.id) ?? [], skips.get(point.id), context)),
    ...(changes.length === 0 ? {} : { changes }),
    claims: [],
  };
}

/** The outcome that a journal tells: a run without an end was killed. */
export function outcomeOf(entries: readonly JournalEntry[]): Summary["outcome"] {
  const last = entries.findLast(({ type }) => type !== "trial" && type !== "skip");
  return last?.type === "end" ? last.outcome : "interrupted";
}

/** Of its last process that came to an end. */
export function changesIn(entries: readonly JournalEntry[]): readonly HostChange[] {
  return entries.findLast((entry) => entry.type === "end")?.changes ?? [];
}

interface Context {
  readonly metrics: readonly MetricDefinition[];
  /** Repetitions that a finished point has at least. */
  readonly min: number;
  readonly outcome: Summary["outcome"];
}

function summarisePoint(
  { id, params }: PlannedPoint,
  trials: readonly LightTrial[],
  skip: string | undefined,
  context: Context,
): PointSummary {
  if (skip !== undefined) return { id, params, status: "skipped", reason: skip, flags: [], metrics: {} };
  const counted = countedTrials(trials);
  const failed = trials.filter(({ status }) => status === "failed");
  const tooFew = counted.length < context.min;
  const status = statusOf(counted, failed.length > 0, tooFew, context.outcome);
  const reason = status === "ok" ? undefined : (lastReason(counted) ?? lastReason(failed));
  const frames = sumFrames(counted);
  return {
    id,
    params,
    status,
    ...(reason === undefined ? {} : { reason }),
    flags: flagsOf(counted, failed.length > 0, tooFew && counted.length > 0 && status !== "pending"),
    metrics: summariseMetrics(counted, context.metrics),
    ...(frames === undefined ? {} : { frames }),
  };
}

function statusOf(
  counted: readonly LightTrial[],
  anyFailed: boolean,
  tooFew: boolean,
  outcome: Summary["outcome"],
): PointStatus {
  if (counted.length === 0) return anyFailed ? "failed" : "pending";
  if (tooFew && outcome === "interrupted") return "pending";
  return tooFew || counted.some(({ status }) => status === "suspect") ? "suspect" : "ok";
}

function flagsOf(counted: readonly LightTrial[], anyFailed: boolean, tooFew: boolean): readonly string[] {
  const own = [...(anyFailed ? ["failed-trials"] : []), ...(tooFew ? ["few-repetitions"] : [])];
  return [...new Set([...counted.flatMap(({ flags }) => flags), ...own])];
}

function summariseMetrics(
  counted: readonly LightTrial[],
  definitions: readonly MetricDefinition[],
): Readonly<Record<string, MetricSummary>> {
  const summaries: Record<string, MetricSummary> = {};
  for (const { name, unit, better } of definitions) {
    const values = counted.map(({ metrics }) => metrics[name]).filter((value) => value !== undefined);
    if (values.length > 0) summaries[name] = { unit, better, ...summariseSample(values) };
  }
  return summaries;
}

function sumFrames(trials: readonly LightTrial[]): PointSummary["frames"] {
  const counts = trials.map(({ frames }) => frames).filter((frames) => frames !== undefined);
  if (counts.length === 0) return undefined;
  return {
    sent: sum(counts.map(({ sent }) => sent)),
    received: sum(counts.map(({ received }) => received)),
    drops: sumDrops(counts.flatMap(({ drops }) => drops)),
    conserved: counts.every(isConserved),
  };
}

/** sent = received + dropped. */
export function isConserved({ sent, received, drops }: FrameCounts): boolean {
  return sent === received + sum(drops.map(({ frames }) => frames));
}

function sumDrops(drops: readonly Drop[]): readonly Drop[] {
  const sums = new Map<string, Drop>();
  for (const { place, cause, frames } of drops) {
    const key = JSON.stringify([place, cause]);
    sums.set(key, { place, cause, frames: frames + (sums.get(key)?.frames ?? 0) });
  }
  return [...sums.values()];
}

function lastReason(trials: readonly LightTrial[]): string | undefined {
  return trials.findLast(({ reason }) => reason !== undefined)?.reason;
}

function count(trials: readonly LightTrial[], status: TrialRecord["status"]): number {
  return trials.filter((trial) => trial.status === status).length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
