/** What a suite file becomes once it is loaded: parsed, overridden, expanded into points. */
import type { z } from "zod";
import type { MetricDefinition, Params, PlotRequest } from "../results/model.js";
import type { Located } from "../yaml/located.js";
import type { Problem } from "../yaml/problems.js";

/**
 * The part of an experiment that the suite loader needs. `parameters` takes the suite's `with` plus
 * `traffic`, overlaid by the matrix; its objects must be strict, or a misspelt key is lost in silence.
 */
export interface ExperimentSchema {
  readonly parameters: z.ZodType;
  readonly metrics: readonly MetricDefinition[];
  /** Those that a suite declares in its `with`, instead. */
  metricsOf?(settings: unknown): readonly MetricDefinition[];
  /** More of them, which these points have: of groups of flows. */
  metricsOfPoints?(points: readonly unknown[]): readonly MetricDefinition[];
}

/** One combination of the matrix. */
export interface SuitePoint {
  /** 12 hex digits of a digest over experiment, parameters and trial times: stable over runs and hosts. */
  readonly id: string;
  /** Swept parameters only, by dotted path, in the order of the matrix, in base units. */
  readonly params: Params;
  /** All parameters as the experiment's schema parsed them; `traffic.pcap` is an absolute path. */
  readonly resolved: unknown;
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
}

export interface RepeatRule {
  readonly min: number;
  /** Equal to `min` where there is no `until`. */
  readonly max: number;
  /** Stop between `min` and `max` when the metric's 95 % interval is within `ci95` (a ratio) of its median. */
  readonly until?: { readonly metric: string; readonly ci95: number };
  /** Most further trials of a point on which a claim rests that the trials leave open. None unless told. */
  readonly forClaims?: number;
  /** Whether each repetition has agents of its own, whose environment has a random length. */
  readonly newLayout?: boolean;
}

export type SuitePlot = PlotRequest;

/** A claim as written; what it means is known to the {@link ClaimChecker} that accepted it. */
export interface SuiteClaim {
  readonly id: string;
  readonly says: string;
  readonly expect: unknown;
}

/** `nicbench gate` fails if `metric` got worse than the baseline by more than `worseBy`, a share of the baseline. */
export interface GateRule {
  readonly metric: string;
  readonly worseBy: number;
  /** In (0, 1). */
  readonly confidence: number;
  /** Only the points with these values, in base units. */
  readonly where?: Params;
}

export interface LoadedSuite {
  readonly name: string;
  readonly title: string;
  readonly description?: string;
  readonly paper?: { readonly id: string; readonly figure?: string | undefined };
  /** As given by the caller; problems are reported with this name. */
  readonly file: string;
  readonly experiment: string;
  /** Of the experiment, or the suite's own. */
  readonly metrics: readonly MetricDefinition[];
  readonly points: readonly SuitePoint[];
  readonly repeat: RepeatRule;
  readonly order: "interleaved" | "sequential";
  readonly seed?: number;
  readonly plots: readonly SuitePlot[];
  readonly claims: readonly SuiteClaim[];
  readonly gate: readonly GateRule[];
  /** Names of the variants that `--tag` can choose. */
  readonly tags: readonly string[];
  /** The suite after tags and overrides, as plain JSON and as written (`64Ki` stays `64Ki`). */
  readonly resolved: unknown;
  /** Sentences for the user: points merged, axes that miss their end, rules without effect. */
  readonly warnings: readonly string[];
}

/** What the names in a claim can mean in this suite. */
export interface ClaimNames {
  readonly metrics: readonly MetricDefinition[];
  /** Dotted names of the points' parameters, swept and fixed. */
  readonly parameters: readonly string[];
}

/** Everything wrong with the `claims` of a suite. Claims have a language of their own, which is not known here. */
export type ClaimChecker = (claims: Located, names: ClaimNames) => readonly Problem[];

export interface LoadOptions {
  readonly experiments: ReadonlyMap<string, ExperimentSchema>;
  /** Left out, only the frame of a claim is checked: `id`, `says`, `expect`. */
  readonly checkClaims?: ClaimChecker | undefined;
  /** Names of the published tables that plots can draw; left out, they are not checked. */
  readonly references?: readonly string[] | undefined;
  /** Variants to apply, in order. */
  readonly tags?: readonly string[];
  /** Overrides, `key=value` each, applied after the tags. */
  readonly set?: readonly string[];
}
