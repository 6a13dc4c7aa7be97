/**
 * What an experiment declares, and how the runner drives it. A new experiment is one file with one
 * `Experiment` and one line in `registry.ts`; suites, runner and reports then know it.
 */
import { UserError } from "../errors.js";
import type { z } from "zod";
import type { AgentMethods, MethodName, NativeInfo } from "../agent/protocol.js";
import type { HostFacts, MetricDefinition, TrialRecord } from "../results/model.js";
import type { RolePlacement } from "../testbed/model.js";
import type { ProgramSpec } from "../testbed/program.js";

/** The agent of one role as an experiment sees it. */
export interface AgentHandle {
  readonly native: NativeInfo;
  readonly facts: HostFacts;
  /**
   * Sends one request.
   *
   * @param timeoutSeconds how long the agent may take before the trial counts as hung
   * @throws {UserError} the agent's own error, `AGENT_TIMEOUT`, or `AGENT_DIED` with the reason
   */
  call<M extends MethodName>(
    method: M,
    params: AgentMethods[M]["params"],
    timeoutSeconds: number,
  ): Promise<AgentMethods[M]["result"]>;
}

export type { RolePlacement };

export interface TrialContext<P> {
  readonly point: P;
  readonly seed: number;
  readonly warmupSeconds: number;
  readonly durationSeconds: number;
  /** What the trial may take beyond warm-up and duration before its agent counts as hung. */
  readonly graceSeconds: number;
  readonly roles: Readonly<Record<string, RolePlacement>>;
  /**
   * Aborted when the run is to stop. The request that is running then fails with code `STOPPED`; a trial of several
   * requests must not begin another.
   */
  readonly signal?: AbortSignal;
  /** What the trial is to measure, where that is not for the experiment to say. */
  readonly metrics?: readonly MetricDefinition[];
  /** Of the roles that programs play which are not ours. */
  readonly programs?: Programs;
  agent(role: string): AgentHandle;
  /** Adds to the log of a role. */
  log?(role: string, text: string): void;
}

export type Programs = Readonly<Record<string, ProgramSpec>>;

/**
 * Called before each further request of a trial.
 *
 * @throws {UserError} STOPPED
 */
export function throwIfStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new UserError("STOPPED", "The trial was stopped before its end.");
}

/**
 * Lets the agent of a role live through so many seconds without a request. Those renew its lease only for as long as they
 * may take themselves.
 */
export async function outlast(
  { agent, graceSeconds }: Pick<TrialContext<unknown>, "agent" | "graceSeconds">,
  role: string,
  seconds: number,
): Promise<void> {
  await agent(role).call("lease.renew", { seconds }, graceSeconds);
}

/** The outcome of a trial that ran to its end; the runner adds point, repetition and times. */
export type TrialOutcome = Pick<
  TrialRecord,
  "status" | "reason" | "flags" | "metrics" | "frames" | "latency" | "series" | "environment" | "notes"
>;

/** What a point would run on. */
export interface HostsOfPoint {
  /** Of the host that the point's data path runs on. */
  readonly native: NativeInfo;
  readonly facts: HostFacts;
  readonly roles: Readonly<Record<string, RolePlacement>>;
  readonly programs?: Programs;
}

export interface Experiment<P = unknown> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Parameters of one point: the suite's `with`, plus `traffic`, overlaid by the matrix. */
  readonly parameters: z.ZodType<P>;
  /** Those of a point in `run.json`, where `parameters` does not give the same again for what it has parsed. */
  readonly keptParameters?: z.ZodType<P>;
  readonly roles: readonly string[];
  /** Its roles are threads of one agent, joined by a ring in memory. Where a testbed joins them by ports, it runs on the DUT's host. */
  readonly oneProcess?: true;
  /** Of such an experiment: does this point move its frames through the ports of the testbed all the same? Left out, none does. */
  usesPorts?(point: P): boolean;
  /** Roles that a program of the testbed may play; `all`: each role of the testbed is one. Left out, none. */
  readonly programs?: "all" | readonly string[];
  readonly metrics: readonly MetricDefinition[];
  /** Metrics that a suite declares in its `with`, instead of `metrics`. */
  metricsOf?(settings: unknown): readonly MetricDefinition[];
  /** More of them, which points with these parameters have: of groups of flows. */
  metricsOfPoints?(points: readonly P[]): readonly MetricDefinition[];
  /** The metric that a result table shows first; else it is the first of them. */
  readonly primaryMetric: string;
  /**
   * Why this point cannot run on these hosts, or undefined if it can: a missing table, too little
   * memory, a wire that the testbed lacks. Called before the run starts.
   */
  cannotRun(point: P, hosts: HostsOfPoint): string | undefined;
  /** Of how many measurements of that length one trial consists, for the estimate of a run's time; left out, of one. */
  measurements?(point: P, durationSeconds: number): number;
  /**
   * The wire that the point's generator sends on, if `nicbench calibrate` can measure it: the ring, and veth pairs of
   * this machine, not the ports of a testbed.
   */
  generatorWire?(point: P, roles: HostsOfPoint["roles"]): string | undefined;
  runTrial(context: TrialContext<P>): Promise<TrialOutcome>;
}
