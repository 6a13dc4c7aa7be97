/**
 * What a run directory holds, as types: the words and files of docs/formats.md.
 * Writers, readers, statistics and reports share these and nothing else.
 */
import type { Calibration } from "./calibration.js";
import type { CalibrationReading, Drop, FrameCounts, LatencyHistogram, TimedEvent, TimeSeries } from "../observations.js";
import type { Unit } from "../units.js";

/** Value of one swept or fixed parameter. Quantities are in base units (bit/s, frames/s, s, bytes). */
export type ParamValue = string | number | boolean;

/** Parameters of a point by dotted path, such as `{ table: "cuckoo", "traffic.flows": 65536 }`. */
export type Params = Readonly<Record<string, ParamValue>>;

export type { CalibrationReading, Drop, FrameCounts, LatencyHistogram, TimedEvent, TimeSeries, Unit };

export type Better = "higher" | "lower" | "neither";

export interface MetricDefinition {
  /** Name as in the design's list, the same in every experiment: `forwarding_rate`, `latency_p99`, … */
  readonly name: string;
  /** Title for people: `Forwarding rate`. */
  readonly title: string;
  readonly unit: Unit;
  readonly better: Better;
  readonly description: string;
}

/** A trial's verdict: `suspect` is kept, flagged and run again; `failed` has no metrics. */
export type TrialStatus = "ok" | "suspect" | "failed";

/** What the host did to the trial while it ran. */
export interface TrialEnvironment {
  /** CPU time that the hypervisor gave to others during the trial, summed over CPUs, in seconds. */
  readonly stealSeconds: number;
  /** How long frames were counted meanwhile, where that is not the trial's duration. */
  readonly seconds?: number;
  /** Involuntary context switches of the data path's threads. */
  readonly involuntarySwitches?: number;
  /** The calibration loop right before and after the trial, by host. */
  readonly readings?: Readonly<Record<string, HostReadings>>;
}

export interface HostReadings {
  readonly before: CalibrationReading;
  readonly after: CalibrationReading;
}

/** One finished trial: one line of `journal.ndjson` with `type: "trial"`. */
export interface TrialRecord {
  readonly type: "trial";
  /** Id of the point, stable over runs of the same suite. */
  readonly point: string;
  /** 0-based number of the repetition that this trial measures. */
  readonly repetition: number;
  /** 0 for the first try of that repetition, 1 when it was run again, … */
  readonly attempt: number;
  readonly status: TrialStatus;
  /** Why the trial is suspect or failed, in one sentence. */
  readonly reason?: string;
  /** Short machine-readable marks: `stolen-cpu`, `generator-limited`, `frames-not-conserved`, … */
  readonly flags: readonly string[];
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Wall time of the whole trial, in seconds. */
  readonly seconds: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly frames?: FrameCounts;
  readonly latency?: LatencyHistogram;
  readonly series?: TimeSeries;
  readonly environment?: TrialEnvironment;
  /** Id of the run that measured it, where that is an earlier one (`run --reuse`). */
  readonly reused?: string;
  /** Facts of the trial that are not metrics but help to trace it, such as the digest of its traffic. */
  readonly notes?: Readonly<Record<string, string | number | boolean>>;
}

/** A point that the testbed cannot run: said before the run starts. */
export interface SkippedPoint {
  readonly type: "skip";
  readonly point: string;
  readonly reason: string;
}

export type JournalEntry =
  | TrialRecord
  | SkippedPoint
  | { readonly type: "start" | "resume"; readonly at: string; readonly pid: number }
  | {
      readonly type: "end";
      readonly at: string;
      readonly outcome: "complete" | "interrupted";
      /** What the hosts tell differently than at the start; left out where nobody looked. */
      readonly changes?: readonly HostChange[];
    };

/** Something about a host that was one thing before the run and another after it. */
export interface HostChange {
  readonly host: string;
  /** As in `hosts` or `conditions` of `run.json`, by dotted path. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** What the doctor looks at on each host, beyond its facts. */
export type HostConditions = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** One point of the plan as kept in `run.json`. */
export interface PlannedPoint {
  readonly id: string;
  /** Swept parameters only, in the order of the matrix. */
  readonly params: Params;
  /** All parameters of the point after defaults, as handed to the experiment. */
  readonly resolved: unknown;
  /** SHA-256 of the files that it names: of captures, then of rules. */
  readonly capture?: string | undefined;
  /** Address of its trials: digest of all that they depend on. None where that cannot be known. */
  readonly key?: string | undefined;
}

/** Published values to draw beside the measured ones. */
export interface PlotReference {
  /** Published table, such as `hpsr21/single_thread`. */
  readonly series: string;
  /** Published quantity, such as `throughput`; else the one that corresponds to the plot's y. */
  readonly y?: string | undefined;
  /** Only rows with these values, by our parameters or by columns of the table: `{ nic: "cx5" }`. */
  readonly pick?: Readonly<Record<string, ParamValue | readonly ParamValue[]>> | undefined;
}

/** The kinds of charts; docs/formats.md says what each shows. */
export const PLOT_MARKS = ["bar", "line", "box", "violin", "ecdf", "heatmap", "matrix", "stacked", "percentiles", "timeseries"] as const;

/** A chart that the suite asks for; `x`, `y`, `color` and `facet` name parameters or metrics. */
export interface PlotRequest {
  readonly title: string;
  readonly mark: (typeof PLOT_MARKS)[number];
  readonly x?: string | undefined;
  readonly y?: string | undefined;
  readonly color?: string | undefined;
  readonly facet?: string | undefined;
  /** Keep only the points whose parameters have these values. */
  readonly where?: Params | undefined;
  /** Metric with the unit of `y` that is drawn as the limit of each mark: what the machine can do. */
  readonly roof?: string | undefined;
  /** Metrics that a stacked bar is made of, from the bottom up. */
  readonly parts?: readonly string[] | undefined;
  /** Of the axis that shows a metric, or of a heat map's colours. */
  readonly scale?: "linear" | "log" | undefined;
  /** Whether a line over a number is set beside what `y` in proportion to it would be. */
  readonly ideal?: boolean | undefined;
  /** A name alone means the table with nothing picked. */
  readonly reference?: string | PlotReference | undefined;
  readonly description?: string | undefined;
}

export interface HostFacts {
  readonly hostname: string;
  readonly os: string;
  readonly kernel: string;
  readonly arch: string;
  readonly cpuModel: string;
  readonly cpus: number;
  readonly numaNodes: number;
  readonly memoryBytes: number;
  /** `unavailable: <why>` where the machine does not tell. The same holds for the other texts. */
  readonly governor: string;
  readonly smt: string;
  readonly clocksource: string;
  readonly hypervisor: string;
  readonly hugePages2MiB: number;
  readonly transparentHugePages: string;
  readonly mitigations: Readonly<Record<string, string>>;
  readonly kernelCommandLine: string;
  readonly node: string;
  /** Versions of classifiers that are not ours; left out by runs from before there was a use for them. */
  readonly classifiers?: Readonly<Record<string, string>>;
}

/** `run.json`: everything needed to understand and repeat the run. */
export interface RunManifest {
  readonly schema: 1;
  readonly run: string;
  readonly suite: {
    readonly name: string;
    readonly title: string;
    readonly description?: string | undefined;
    readonly file: string;
    readonly experiment: string;
    /** The suite after tags and overrides, as validated. */
    readonly resolved: unknown;
    readonly plots: readonly PlotRequest[];
  };
  readonly testbed: { readonly name: string; readonly file: string; readonly resolved: unknown };
  /** What a reader of its numbers must know of how they came about, in whole sentences. */
  readonly caveats?: readonly string[] | undefined;
  readonly seed: number;
  readonly startedAt: string;
  /** The command line that started the run, as typed, and the one that repeats it. */
  readonly command: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly git: { readonly commit: string; readonly dirty: boolean } | { readonly unavailable: string };
  /** How the native addon of each host was built. */
  readonly native: Readonly<Record<string, unknown>>;
  readonly hosts: Readonly<Record<string, HostFacts>>;
  /** Before the first trial. */
  readonly conditions?: HostConditions | undefined;
  /** What the generator can do on the wires of the run, where somebody measured that on the same day. */
  readonly calibrations?: readonly Calibration[] | undefined;
  readonly metrics: readonly MetricDefinition[];
  readonly points: readonly PlannedPoint[];
  /** What the trials of all points depend on, by name: what `key` of each is made of. */
  readonly circumstances?: Readonly<Record<string, string>> | undefined;
  /** Of a run of `--shard`: which part of the suite `points` is. */
  readonly shard?: ShardOfRun | undefined;
  /** Of a merged run: those that it was made of, by index. */
  readonly shards?: readonly MergedShard[] | undefined;
  /** What `--resume` needs beyond the points; a run without it can be reported but not resumed. */
  readonly schedule?: RunSchedule | undefined;
}

/** A part of a suite's points: number `index` of `total`, from 1. */
export interface Shard {
  readonly index: number;
  readonly total: number;
}

export interface ShardOfRun extends Shard {
  /** Ids of all points of the suite, in its order. */
  readonly points: readonly string[];
}

export interface MergedShard extends Shard {
  readonly run: string;
  readonly startedAt: string;
  readonly testbed: string;
  /** Of the merged run's `hosts`. */
  readonly hosts: readonly string[];
  /** Ids of the points that it measured. */
  readonly points: readonly string[];
}

/** How the points are measured. */
export interface RunSchedule {
  readonly order: "interleaved" | "sequential";
  readonly repeat: RepeatRule;
  /** A trial that takes longer than its warm-up, its duration and this many seconds counts as hung. */
  readonly graceSeconds: number;
  /** Where each role runs: the CPUs and the port that the testbed gave it. */
  readonly roles: Readonly<
    Record<
      string,
      { readonly host: string; readonly io: string; readonly device?: string; readonly cpus: readonly number[] }
    >
  >;
  /** Phases of each point's trials, in the order of `points`. */
  readonly times: readonly { readonly warmupSeconds: number; readonly durationSeconds: number }[];
}

export interface RepeatRule {
  readonly min: number;
  /** Equal to `min` where there is no `until`. */
  readonly max: number;
  /** Stop between `min` and `max` when the metric's 95 % interval is within `ci95` (a ratio) of its median. */
  readonly until?: { readonly metric: string; readonly ci95: number } | undefined;
  /** Most further trials of a point on which a claim rests that the trials leave open. None unless told. */
  readonly forClaims?: number | undefined;
  /** Whether each repetition has agents of its own, whose environment has a random length. */
  readonly newLayout?: boolean | undefined;
}

export interface MetricSummary {
  readonly unit: Unit;
  readonly better: Better;
  readonly n: number;
  readonly median: number;
  /** 95 % confidence interval of the median by order statistics; the range where n < 6 (statistics/interval.ts). */
  readonly ci95: readonly [number, number];
  readonly min: number;
  readonly max: number;
}

export type PointStatus = "ok" | "suspect" | "failed" | "skipped" | "pending";

export interface PointSummary {
  readonly id: string;
  readonly params: Params;
  readonly status: PointStatus;
  readonly reason?: string;
  readonly flags: readonly string[];
  readonly metrics: Readonly<Record<string, MetricSummary>>;
  /** Sums over the counted trials; `conserved` is false if any trial lost track of a frame. */
  readonly frames?: FrameCounts & { readonly conserved: boolean };
}

/** `summary.json`, and what `nicbench run --json` prints. */
export interface Summary {
  readonly schema: 1;
  readonly run: string;
  readonly suite: string;
  readonly testbed: string;
  readonly seed: number;
  readonly outcome: "complete" | "interrupted";
  readonly trials: {
    readonly ok: number;
    readonly suspect: number;
    readonly failed: number;
    readonly skipped: number;
    /** How many of them an earlier run measured; absent if none. */
    readonly reused?: number;
  };
  readonly points: readonly PointSummary[];
  /** What changed on the hosts while the run went on; left out where nobody looked, or nothing did. */
  readonly changes?: readonly HostChange[];
  /** Those of the suite, in its order; none where nobody judged them. */
  readonly claims: readonly ClaimVerdict[];
}

export interface ClaimVerdict {
  readonly id: string;
  /** `confirmed`, `refuted`, `inconclusive` or `not testable here`. */
  readonly verdict: string;
  /** One sentence with the numbers that decide, or the reason why nothing does. */
  readonly evidence: string;
}
