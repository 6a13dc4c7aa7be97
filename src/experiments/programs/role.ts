/** The program of a role in one trial: parameters filled in, started, stopped, its output put into the role's log. */
import { UserError } from "../../errors.js";
import { flatten } from "../../flat.js";
import { shellLine } from "../../shell.js";
import { fillIn } from "../../testbed/placeholders.js";
import type { ProgramCommand, ProgramReport } from "../../agent/protocol.js";
import type { ProgramSpec, StopRule } from "../../testbed/program.js";
import type { TrialContext } from "../experiment.js";

/** What `${…}` may name beside the parameters of a point. */
export const TRIAL_VALUES = ["duration", "warmup", "seed"] as const;

type Context = TrialContext<unknown>;

/** @throws an error if the testbed has no program for the role */
export function programOf({ programs = {} }: Context, role: string): ProgramSpec {
  const program = programs[role];
  if (program === undefined) throw new Error(`the testbed has no program for role ${role}`);
  return program;
}

/** @throws {UserError} PROGRAM_ENDED, PROGRAM_NOT_READY, STOPPED */
export async function startProgram(context: Context, role: string): Promise<void> {
  const { ready } = programOf(context, role);
  const limit = (ready?.seconds ?? 0) + context.graceSeconds;
  await context.agent(role).call("program.start", commandOf(context, role), limit);
}

/** Harmless if it does not run. @returns what it printed, which is in the role's log as well */
export async function stopProgram(context: Context, role: string): Promise<ProgramReport> {
  const rule = filledIn(programOf(context, role).stop, valuesOf(context));
  const report = await context
    .agent(role)
    .call("program.stop", { name: role, rule }, rule.seconds + context.graceSeconds);
  context.log?.(role, logEntry(commandOf(context, role), report));
  return report;
}

/**
 * Whether the program ends by itself within that time.
 *
 * @throws {UserError} PROGRAM_FAILED: not well; PROGRAM_ENDED: it was to run until it is stopped; STOPPED
 */
export async function endsWithin(context: Context, role: string, seconds: number): Promise<boolean> {
  const limit = seconds + context.graceSeconds;
  const end = await context.agent(role).call("program.wait", { name: role, seconds }, limit);
  if (!end.ended) return false;
  if (!end.well) throw failed(role, end.how);
  if (!programOf(context, role).endsItself) throw early(role, end.how);
  return true;
}

/** Settles only if the program ends when it should not, or not well; else it never does. */
export async function untilItFails(context: Context, role: string, seconds: number): Promise<never> {
  await endsWithin(context, role, seconds);
  return new Promise(() => undefined);
}

function commandOf(context: Context, role: string): ProgramCommand {
  const { start, environment, directory, ready } = programOf(context, role);
  const values = valuesOf(context);
  return {
    name: role,
    command: start.map((word) => fillIn(word, values)),
    environment: Object.fromEntries(Object.entries(environment).map(([key, text]) => [key, fillIn(text, values)])),
    ...(directory === undefined ? {} : { directory }),
    ...(ready === undefined ? {} : { ready }),
  };
}

function filledIn(rule: StopRule, values: ReturnType<typeof valuesOf>): StopRule {
  return "line" in rule ? { ...rule, line: fillIn(rule.line, values) } : rule;
}

function valuesOf({ point, durationSeconds: duration, warmupSeconds: warmup, seed }: Context) {
  return { ...flatten(point), duration, warmup, seed };
}

function logEntry({ command }: ProgramCommand, { stdout, stderr }: ProgramReport): string {
  const part = (title: string, text: string): string => (text === "" ? "" : `--- ${title}\n${text.trimEnd()}\n`);
  return `${new Date().toISOString()} ${shellLine(command)}\n${part("stdout", stdout)}${part("stderr", stderr)}`;
}

function failed(role: string, how: string): UserError {
  return new UserError("PROGRAM_FAILED", `The program of role '${role}' ${how}.`, "Its output is in the role's log.");
}

function early(role: string, how: string): UserError {
  return new UserError(
    "PROGRAM_ENDED",
    `The program of role '${role}' ${how} before the trial was over.`,
    "Its output is in the role's log. If it ends when its work is done, write ends: itself in the testbed.",
  );
}
