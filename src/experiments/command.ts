/**
 * `command`: the programs of the testbed, instead of ours, from start to end.
 *
 * They are started one after the other, each when the one before it is ready, the generator last. The trial is over
 * when the last one ends, or when the trial's time is. Then they are stopped in reverse order, and what they printed is
 * turned into the metrics that the suite declares.
 */
import { createBarriers, type Barriers } from "./barriers.js";
import { outlast, throwIfStopped, type Experiment, type TrialContext, type TrialOutcome } from "./experiment.js";
import { commandParameters, keptParameters, metricsOf, type CommandParameters } from "./programs/parameters.js";
import { resultOf } from "./programs/results.js";
import { endsWithin, programOf, startProgram, stopProgram, untilItFails } from "./programs/role.js";
import { UserError } from "../errors.js";
import { formatQuantity } from "../units.js";
import type { ProgramReport } from "../agent/protocol.js";

export const command: Experiment<CommandParameters> = {
  name: "command",
  title: "External programs",
  description: "Programs that are not ours, such as iperf3 or testpmd: started, stopped and read as the testbed says.",
  parameters: commandParameters,
  keptParameters,
  roles: ["dut"],
  programs: "all",
  metrics: [],
  metricsOf,
  primaryMetric: "",
  cannotRun: () => undefined,
  runTrial,
};

type Context = TrialContext<CommandParameters>;
type Reports = ReadonlyMap<string, ProgramReport>;

async function runTrial(context: Context): Promise<TrialOutcome> {
  const roles = inOrder(Object.keys(context.programs ?? {}));
  const barriers = createBarriers();
  const lives = roles.map((role) =>
    Promise.race([live(context, role, roles, barriers), barriers.aborted]).catch((error: unknown) => {
      barriers.abort(error);
      throw error;
    }),
  );
  const ends = await Promise.allSettled(lives);
  const reports = await stopAll(context, roles.toReversed());
  const failed = ends.find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return outcomeOf(context, reports, barriers);
}

/** The generator starts when all others are ready. */
function inOrder(roles: readonly string[]): readonly string[] {
  return [...roles.filter((role) => role !== "generator"), ...roles.filter((role) => role === "generator")];
}

/** One role from its start until nothing more is measured. */
async function live(context: Context, role: string, roles: readonly string[], barriers: Barriers): Promise<void> {
  const place = roles.indexOf(role);
  const timeoutSeconds = longest(context, roles);
  const meet = (barrier: string, count: number): Promise<void> =>
    barriers.arrive(barrier, role, { count, timeoutSeconds });
  await outlast(context, role, timeoutSeconds);
  if (place > 0) await meet(`${roles[place - 1]} is ready`, 2);
  throwIfStopped(context.signal);
  barriers.throwIfAborted();
  await startProgram(context, role);
  if (place < roles.length - 1) {
    await meet(`${role} is ready`, 2);
    await Promise.race([meet("the end", roles.length), untilItFails(context, role, timeoutSeconds)]);
    return;
  }
  await lead(context, role);
  await meet("the end", roles.length);
}

/** The time of a trial whose every phase takes as long as it may. */
function longest(context: Context, roles: readonly string[]): number {
  const { warmupSeconds, durationSeconds, graceSeconds } = context;
  const phases = roles.map((role) => (programOf(context, role).ready?.seconds ?? 0) + graceSeconds);
  return phases.reduce((sum, seconds) => sum + seconds, warmupSeconds + durationSeconds + graceSeconds);
}

/** The last program sets the length of the trial: its own end does, or the trial's time. */
async function lead(context: Context, role: string): Promise<void> {
  const { warmupSeconds, durationSeconds, graceSeconds } = context;
  const { endsItself } = programOf(context, role);
  const seconds = warmupSeconds + durationSeconds;
  const ended = await endsWithin(context, role, endsItself ? seconds + graceSeconds : seconds);
  if (endsItself && !ended) throw endless(role, seconds + graceSeconds);
}

/** All of them, whatever happens to one: its agent may be gone, and the program with it. */
async function stopAll(context: Context, roles: readonly string[]): Promise<Reports> {
  const reports = new Map<string, ProgramReport>();
  for (const role of roles) {
    try {
      reports.set(role, await stopProgram(context, role));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
    }
  }
  return reports;
}

function outcomeOf(context: Context, reports: Reports, barriers: Barriers): TrialOutcome {
  const killed = [...reports].filter(([, { killed: byForce }]) => byForce).map(([role]) => role);
  const outcome = {
    metrics: metricValues(context, reports),
    environment: { stealSeconds: Math.max(0, ...[...reports.values()].map(({ stealSeconds }) => stealSeconds)) },
    notes: waitNotes(barriers),
  };
  if (killed.length === 0) return { status: "ok", flags: [], ...outcome };
  const reason = `The program of ${killed.join(" and ")} did not stop when asked to, and was killed: it may not have printed all.`;
  return { status: "suspect", reason, flags: ["program-killed"], ...outcome };
}

function metricValues({ metrics = [], programs = {} }: Context, reports: Reports): Readonly<Record<string, number>> {
  const values = metrics.flatMap(({ name, unit }) =>
    [...reports].flatMap(([role, report]) => {
      const result = programs[role]?.results[name];
      return result === undefined ? [] : [[name, resultOf(name, result, report, unit)] as const];
    }),
  );
  return Object.fromEntries(values);
}

/** `"dut, until the end": "waited 1.02 s for generator"` */
function waitNotes(barriers: Barriers): Readonly<Record<string, string>> {
  const notes = barriers.waits().map(({ barrier, role, for: other, seconds }) => {
    return [`${role}, until ${barrier}`, `waited ${formatQuantity(seconds, "s")} for ${other}`] as const;
  });
  return Object.fromEntries(notes);
}

function endless(role: string, seconds: number): UserError {
  return new UserError(
    "PROGRAM_ENDLESS",
    `The program of role '${role}' did not end by itself within ${seconds} s.`,
    "Give it the trial's time, ${duration}; or leave out ends: itself, so that it is stopped.",
  );
}
