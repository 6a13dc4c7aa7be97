/** One trial: agents ready, experiment run, outcome judged and turned into a record. */
import { UserError } from "../errors.js";
import { markNearCeiling } from "./ceiling.js";
import { checkEnvironment } from "./environment.js";
import { checkReadings, type BestReadings } from "./drift.js";
import { betweenReadings } from "./readings.js";
import type { Task } from "./schedule.js";
import type { RunPlan } from "./plan.js";
import type { AgentHandle, TrialContext, TrialOutcome } from "../experiments/experiment.js";
import type { Patient } from "../agent/outage.js";
import type { Calibration } from "../results/calibration.js";
import type { TrialRecord } from "../results/model.js";

/** The agents of the run; a supervisor is one. */
export interface Agents {
  /** @throws {UserError} if it cannot be started, also after waiting for a host that is out of reach */
  agent(host: string, patient: Patient): Promise<AgentHandle>;
  /** Adds to a log of the run. */
  log?(name: string, text: string): void;
}

export interface TrialControl {
  /** Injected, so that tests need no clock. */
  readonly now: () => Date;
  /** Aborted to stop the run. */
  readonly signal: AbortSignal;
  /** Told when a host is waited for. */
  readonly onOutage: (message: string) => void;
  /** Of the hosts in the run so far. */
  readonly best: BestReadings;
}

/**
 * Runs one trial. Whatever goes wrong at the agent's end is a failed trial; other errors are our bugs.
 */
export async function runTrial(
  plan: RunPlan,
  task: Task,
  agents: Agents,
  { now, best, ...patient }: TrialControl,
): Promise<TrialRecord> {
  const started = now();
  const began = performance.now(); // the wall clock may be set meanwhile
  const outcome = checkReadings(await tryTrial(plan, task, agents, patient), best);
  return {
    type: "trial",
    point: plan.points[task.index]?.id ?? "",
    repetition: task.repetition,
    attempt: task.attempt,
    startedAt: started.toISOString(),
    seconds: (performance.now() - began) / 1000,
    ...outcome,
  };
}

/**
 * Seed of a repetition: all points of a round see the same traffic, and each round draws it anew, so that the
 * interval covers the luck of the draw. Repetition 0 has the run's own seed.
 */
export function trialSeed(seed: number, repetition: number): number {
  return seed + repetition;
}

async function tryTrial(plan: RunPlan, task: Task, agents: Agents, patient: Patient): Promise<TrialOutcome> {
  const { roles, times } = plan.schedule;
  try {
    const ready = await startAll(Object.values(roles), agents, patient);
    const context = { ...contextOf(plan, task, ready, agents), signal: patient.signal };
    const outcome = await betweenReadings(roles, ready, () => plan.experiment.runTrial(context));
    const checked = checkEnvironment(outcome, times[task.index]?.durationSeconds ?? 0, roles);
    return markNearCeiling(checked, calibrationOf(plan, task));
  } catch (error) {
    if (error instanceof UserError) return failed(error);
    throw error;
  }
}

function calibrationOf(
  { experiment, points, schedule, calibrations }: RunPlan,
  { index }: Task,
): Calibration | undefined {
  const wire = experiment.generatorWire?.(points[index]?.resolved, schedule.roles);
  return calibrations.find((calibration) => calibration.wire === wire);
}

/** An agent that died in the trial before is started anew here. */
async function startAll(
  placements: readonly { readonly host: string }[],
  agents: Agents,
  patient: Patient,
): Promise<ReadonlyMap<string, AgentHandle>> {
  const ready = new Map<string, AgentHandle>();
  for (const host of new Set(placements.map((placement) => placement.host)))
    ready.set(host, await agents.agent(host, patient));
  return ready;
}

function contextOf(
  { schedule, points, seed, metrics, programs }: RunPlan,
  { index, repetition }: Task,
  ready: ReadonlyMap<string, AgentHandle>,
  agents: Agents,
): TrialContext<unknown> {
  const { warmupSeconds = 0, durationSeconds = 0 } = schedule.times[index] ?? {};
  return {
    point: points[index]?.resolved,
    seed: trialSeed(seed, repetition),
    warmupSeconds,
    durationSeconds,
    graceSeconds: schedule.graceSeconds,
    roles: schedule.roles,
    metrics,
    programs,
    log: (role, text) => agents.log?.(`${schedule.roles[role]?.host ?? ""}-${role}`, text),
    agent: (role) => {
      const handle = ready.get(schedule.roles[role]?.host ?? "");
      if (handle === undefined) throw new Error(`the plan gives no host to role ${role}`);
      return handle;
    },
  };
}

function failed({ code, message, hint }: UserError): TrialOutcome {
  const reason = hint === undefined ? message : `${message} ${hint}`;
  return {
    status: "failed",
    reason: `${code}: ${reason}`,
    flags: [code.toLowerCase().replaceAll("_", "-")],
    metrics: {},
  };
}
