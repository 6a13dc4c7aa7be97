/** Samples of a run or of a baseline file in one form, ready to be compared: every trial's fate is accounted for. */
import { flatten } from "../flat.js";
import { countedTrials, groupByPoint } from "../results/counted.js";
import { environmentOf } from "./environment.js";
import { isInState, isOnlyDrifted, usualState, type HostState } from "./host_state.js";
import type { MetricDefinition, ParamValue, Params, PointStatus, RunManifest, Summary } from "../results/model.js";
import type { Run } from "../results/reader.js";

/** Whether suspect trials count like ok ones, or their repetitions are left out. */
export type SuspectPolicy = "leave-out" | "count";

export type SampleMetric = Pick<MetricDefinition, "name" | "title" | "unit" | "better">;

export interface SampleSet {
  /** Ids of the runs that the samples come from. */
  readonly runs: readonly string[];
  readonly suite: string;
  readonly experiment: string;
  readonly outcome: Summary["outcome"];
  /** Host, build, versions and commit, as texts by name. */
  readonly environment: Readonly<Record<string, string>>;
  /** That all samples come from; left out by baselines from before there was a calibration loop. */
  readonly state?: HostState | undefined;
  /** Parameters that all points share, and trial times in seconds, by dotted path. */
  readonly settings: Readonly<Record<string, ParamValue>>;
  readonly metrics: readonly SampleMetric[];
  readonly points: readonly PointSamples[];
}

/** Of several runs of one suite, one a run. */
export type SampleSets = readonly [SampleSet, ...SampleSet[]];

export interface PointSamples {
  readonly id: string;
  readonly params: Params;
  /** `failed` where every trial failed; `pending` and `skipped` as in summaries. */
  readonly status: PointStatus;
  readonly reason?: string | undefined;
  /** Values in base units by metric, one a repetition, in its order. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** Repetitions without an ok trial, and trials that failed; neither has a value in `samples`. */
  readonly leftOut: LeftOut;
}

export interface LeftOut {
  readonly suspect: number;
  readonly failed: number;
  /** Repetitions that found a host in another state than the other samples come from; none where left out. */
  readonly otherState?: number | undefined;
}

/**
 * Of all metrics of the run. Under `leave-out` a repetition without an ok trial has no sample, nor has one that found a
 * host in another state.
 *
 * @param state of the hosts; left out, the one of most trials
 */
export function samplesOfRun(
  { manifest, summary, trials }: Pick<Run, "manifest" | "summary" | "trials">,
  suspects: SuspectPolicy,
  state: HostState = usualState(trials),
): SampleSet {
  const byPoint = groupByPoint(trials);
  return {
    runs: [manifest.run],
    suite: manifest.suite.name,
    experiment: manifest.suite.experiment,
    outcome: summary.outcome,
    environment: environmentOf(manifest),
    state,
    settings: settingsOf(manifest),
    metrics: manifest.metrics.map(({ name, title, unit, better }) => ({ name, title, unit, better })),
    points: summary.points.map(({ id, params, status, reason }) => {
      const own = byPoint.get(id) ?? [];
      const counted = countedTrials(own);
      const trusted = counted.filter((trial) => trial.status === "ok" || isOnlyDrifted(trial));
      const used = suspects === "count" ? counted : trusted.filter((trial) => isInState(state, trial));
      const samples = manifest.metrics.map(({ name }) => {
        return [name, used.map(({ metrics }) => metrics[name]).filter((value) => value !== undefined)] as const;
      });
      return {
        id,
        params,
        status,
        reason,
        samples: Object.fromEntries(samples.filter(([, values]) => values.length > 0)),
        leftOut: {
          suspect: suspects === "count" ? 0 : counted.length - trusted.length,
          failed: own.filter((trial) => trial.status === "failed").length,
          otherState: suspects === "count" ? 0 : trusted.length - used.length,
        },
      };
    }),
  };
}

/** Samples of several runs of one suite, one after the other. What they are not agreed on is that of the first. */
export function pool(sets: SampleSets): SampleSet {
  const [first, ...others] = sets;
  return others.reduce((pooled, set) => {
    const added = new Map(set.points.map((point) => [point.id, point]));
    const known = new Set(pooled.points.map(({ id }) => id));
    return {
      ...pooled,
      runs: [...pooled.runs, ...set.runs],
      outcome: pooled.outcome === "interrupted" ? pooled.outcome : set.outcome,
      points: [
        ...pooled.points.map((point) => poolPoint(point, added.get(point.id))),
        ...set.points.filter(({ id }) => !known.has(id)),
      ],
    };
  }, first);
}

function poolPoint(a: PointSamples, b: PointSamples | undefined): PointSamples {
  if (b === undefined) return a;
  const names = [...new Set([...Object.keys(a.samples), ...Object.keys(b.samples)])];
  const samples = names.map((name) => [name, [...(a.samples[name] ?? []), ...(b.samples[name] ?? [])]] as const);
  const worse = a.status === "failed" || b.status !== "failed" ? a : b;
  return {
    ...worse,
    samples: Object.fromEntries(samples),
    leftOut: {
      suspect: a.leftOut.suspect + b.leftOut.suspect,
      failed: a.leftOut.failed + b.leftOut.failed,
      otherState: (a.leftOut.otherState ?? 0) + (b.leftOut.otherState ?? 0),
    },
  };
}

/** A capture goes by its name: where it lies differs from checkout to checkout. */
function settingsOf({ points, schedule }: RunManifest): SampleSet["settings"] {
  const [first, ...others] = points.map(({ resolved }) => flatten(resolved));
  const shared = Object.entries(first ?? {})
    .filter(([path, value]) => others.every((other) => other[path] === value))
    .map(([path, value]) => [path, /(^|\.)pcap$/.test(path) ? String(value).split(/[\\/]/).at(-1) : value]);
  return { ...Object.fromEntries(shared), ...trialTimes(schedule) } as SampleSet["settings"];
}

function trialTimes(schedule: RunManifest["schedule"]): SampleSet["settings"] {
  const times = new Set(
    schedule?.times.map(({ warmupSeconds, durationSeconds }) => `${warmupSeconds} ${durationSeconds}`),
  );
  const [warmup, duration] = [...times][0]?.split(" ").map(Number) ?? [];
  if (times.size !== 1 || warmup === undefined || duration === undefined) return {};
  return { "trial.warmup": warmup, "trial.duration": duration };
}
