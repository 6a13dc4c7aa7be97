/** Runs of one suite on one kind of machine, in their order: how each metric of each point went, and where it changed its level. */
import { changePoints, type ChangePoint } from "../../statistics/change_points.js";
import { groupBy } from "../../group_by.js";
import { pointLabeller } from "../params.js";
import type { MetricDefinition, MetricSummary, PointSummary, RunManifest, Summary } from "../../results/model.js";

export type HistoryRun = { readonly manifest: RunManifest; readonly summary: Summary };

export interface History {
  /** Of suite, testbed and CPUs: letters, digits and hyphens. */
  readonly id: string;
  readonly title: string;
  /** `local, AMD EPYC 7B13`. */
  readonly place: string;
  /** The oldest first. */
  readonly runs: readonly HistoryRun[];
  readonly metrics: readonly MetricDefinition[];
  readonly trends: readonly Trend[];
}

/** One metric of one point. */
export interface Trend {
  readonly metric: MetricDefinition;
  readonly point: string;
  readonly values: readonly TrendValue[];
  readonly changes: readonly (ChangePoint & { readonly run: RunManifest })[];
}

export interface TrendValue {
  readonly run: RunManifest;
  /** Of the run in its history, from 1. */
  readonly number: number;
  readonly summary: MetricSummary;
}

/** The experiment's first: more would bury what matters. */
const MAIN_METRICS = 5;
/** Older ones cost more time than they tell. */
const MOST_RUNS = 200;

/** Numbers of different machines tell nothing of a change, so each has a history of its own. */
export function histories(runs: readonly HistoryRun[]): readonly History[] {
  const ordered = runs.toSorted((a, b) => a.manifest.startedAt.localeCompare(b.manifest.startedAt));
  const groups = groupBy(ordered, ({ manifest }) => JSON.stringify([manifest.suite.name, placeOf(manifest)]));
  return [...groups.values()].map((group, i) => historyOf(group.slice(-MOST_RUNS), i + 1));
}

function historyOf(runs: readonly HistoryRun[], number: number): History {
  const last = runs.at(-1)?.manifest;
  if (last === undefined) throw new TypeError("a group has a run");
  const metrics = last.metrics.filter(({ better }) => better !== "neither").slice(0, MAIN_METRICS);
  const points = [...new Map(runs.flatMap(({ summary }) => summary.points.map((point) => [point.id, point]))).values()];
  const label = pointLabeller(points);
  const trends = metrics.flatMap((metric) =>
    points.map((point) => trendOf(runs, point, label(point), metric)).filter(({ values }) => values.length > 0),
  );
  const id = `${last.suite.name.replaceAll(/[^A-Za-z0-9-]+/g, "-")}-${number}`;
  return { id, title: last.suite.title, place: placeOf(last), runs, metrics, trends };
}

/** Suspect points are left out: what the host did to them is no change of ours. */
function trendOf(runs: readonly HistoryRun[], { id }: PointSummary, point: string, metric: MetricDefinition): Trend {
  const values = runs.flatMap(({ manifest, summary }, i) => {
    const found = summary.points.find((one) => one.id === id && one.status === "ok")?.metrics[metric.name];
    return found === undefined ? [] : [{ run: manifest, number: i + 1, summary: found }];
  });
  const changes = changePoints(values.map(({ summary }) => summary.median)).flatMap((change) => {
    const run = values[change.index]?.run;
    return run === undefined ? [] : [{ ...change, run }];
  });
  return { metric, point, values, changes };
}

function placeOf({ testbed, hosts }: RunManifest): string {
  const models = [...new Set(Object.values(hosts).map(({ cpuModel, cpus }) => `${cpuModel} (${cpus} CPUs)`))];
  return [testbed.name, ...models].join(", ");
}
