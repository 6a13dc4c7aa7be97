/**
 * The programs of a host that are not ours: started, waited for and stopped on behalf of trials.
 *
 * Each leads a process group that ends with the agent, however that one ends (testbed/lifeline.ts). Its output stays here
 * until it is stopped, so that nothing of it crosses the network during a trial.
 */
import { accessSync, constants, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Readable } from "node:stream";
import { UserError } from "../errors.js";
import { describeDeparture, type Departure, type HostProcess } from "../testbed/host_process.js";
import { spawnDependent } from "../testbed/local_process.js";
import { readSteal } from "../testbed/steal.js";
import { keepOutput, type KeptOutput } from "./kept_output.js";
import { lineMatcher } from "./ready.js";
import type { ProgramCommand, ProgramEnd, ProgramName, ProgramReport } from "./protocol.js";
import type { StopRule } from "../testbed/program.js";

export interface HostPrograms {
  /** Resolves when it is ready. @throws {UserError} PROGRAM_NOT_READY, PROGRAM_ENDED, PROGRAM_RUNNING, STOPPED */
  start(command: ProgramCommand): Promise<{ readonly readySeconds: number }>;
  /** Resolves when it ends, or the time is over. @throws {UserError} STOPPED */
  wait(name: string, seconds: number): Promise<ProgramEnd>;
  /** Resolves when nothing of it is left; empty if it was not started. */
  stop(name: string, rule: StopRule): Promise<ProgramReport>;
  /** Makes those who wait fail with STOPPED, and says whether there were any. The programs run on. */
  interrupt(): boolean;
}

interface Running {
  readonly process: HostProcess;
  readonly stdout: KeptOutput;
  readonly stderr: KeptOutput;
  stealBefore: number;
}

export function hostPrograms(): HostPrograms {
  const programs = new Map<string, Running>();
  const waiting = new Set<(error: UserError) => void>();

  /** What comes first: an interrupt, or the promise. */
  const interruptible = async <T>(work: Promise<T>): Promise<T> => {
    let interrupt: (error: UserError) => void = () => undefined;
    const interrupted = new Promise<never>((_, reject) => waiting.add((interrupt = reject)));
    return Promise.race([work, interrupted]).finally(() => waiting.delete(interrupt));
  };

  return {
    start: async (command) => {
      if (programs.has(command.name)) throw running(command.name);
      const started = performance.now();
      const program = launch(command);
      programs.set(command.name, program);
      await interruptible(untilReady(program, command));
      program.stealBefore = await readSteal();
      return { readySeconds: (performance.now() - started) / 1000 };
    },
    wait: async (name, seconds) => {
      const program = programs.get(name);
      if (program === undefined) throw unknown(name);
      const departure = await interruptible(within(program.process.gone, seconds));
      return departure === undefined ? { ended: false } : { ended: true, ...endOf(departure) };
    },
    stop: async (name, rule) => {
      const program = programs.get(name);
      if (program === undefined) return NOTHING;
      const { process, stdout, stderr, stealBefore } = program;
      const killed = await end(process, rule);
      programs.delete(name);
      return {
        stdout: stdout.text(),
        stderr: stderr.text(),
        cut: stdout.isCut() || stderr.isCut(),
        killed,
        stealSeconds: Math.max(0, (await readSteal()) - stealBefore),
      };
    },
    interrupt: () => {
      const any = waiting.size > 0;
      for (const reject of waiting) reject(new UserError("STOPPED", "The trial was stopped before its end."));
      return any;
    },
  };
}

const NOTHING: ProgramReport = { stdout: "", stderr: "", cut: false, killed: false, stealSeconds: 0 };

/** Whether the program can be started: a file that may be executed, found as execvp(3) does. */
export function findProgram({ program, directory = ".", path }: ProgramName): boolean {
  const folders = program.includes("/") ? [directory] : (path ?? process.env["PATH"] ?? "").split(":");
  return folders.some((folder) => isExecutable(resolve(folder, program)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function launch({ command, environment, directory }: ProgramCommand): Running {
  const process = spawnDependent(command, { environment, directory });
  const [stdout, stderr] = [keepOutput(), keepOutput()];
  process.stdout.on("data", stdout.add);
  process.stderr.on("data", stderr.add);
  return { process, stdout, stderr, stealBefore: 0 };
}

async function untilReady(program: Running, { name, ready }: ProgramCommand): Promise<void> {
  if (ready === undefined) return;
  const { gone, stdout, stderr } = program.process;
  const found = untilLine([stdout, stderr], ready.pattern);
  const outcome = await within(Promise.race([found.line, gone]), ready.seconds).finally(found.stop);
  if (outcome === undefined) throw notReady(name, ready, lastWords(program));
  if (outcome !== "found") throw ended(name, outcome, lastWords(program));
}

/** Looks no further after `stop`: from then on, a program that prints much costs less. */
function untilLine(streams: readonly Readable[], pattern: string): { line: Promise<"found">; stop: () => void } {
  let settle: (found: "found") => void = () => undefined;
  const line = new Promise<"found">((resolve) => (settle = resolve));
  const listeners = streams.map((stream) => {
    const matches = lineMatcher(pattern);
    const look = (data: Buffer): void => {
      if (matches(data)) settle("found");
    };
    stream.on("data", look);
    return () => stream.off("data", look);
  });
  return { line, stop: () => listeners.forEach((stop) => stop()) };
}

/** @returns whether it had to be killed */
async function end(process: HostProcess, rule: StopRule): Promise<boolean> {
  if ((await within(process.gone, 0)) !== undefined) return false; // and its id may be that of others by now
  ask(process, rule);
  if ((await within(process.gone, rule.seconds)) !== undefined) return false;
  process.kill();
  await process.gone;
  return true;
}

function ask({ pid, stdin }: HostProcess, rule: StopRule): void {
  if ("line" in rule) stdin.write(`${rule.line}\n`);
  else if (pid !== undefined) signalGroup(pid, rule.signal);
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

/** Undefined if the promise takes longer. */
async function within<T>(work: Promise<T>, seconds: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((settle) => (timer = setTimeout(settle, seconds * 1000, undefined)));
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function endOf(departure: Departure): { readonly well: boolean; readonly how: string } {
  return { well: departure.how === "exit" && departure.exitCode === 0, how: describeDeparture(departure) };
}

const LAST_WORDS = 500;

function lastWords({ stdout, stderr }: Running): string {
  const words = `${stdout.text()}\n${stderr.text()}`.trim().slice(-LAST_WORDS).split("\n").slice(-3).join(" / ");
  return words === "" ? "It said nothing." : `Its last words: ${words}`;
}

function running(name: string): UserError {
  return new UserError("PROGRAM_RUNNING", `The program of role '${name}' runs already.`, "Stop it first.");
}

function unknown(name: string): UserError {
  return new UserError("PROGRAM_UNKNOWN", `There is no program of role '${name}'.`, "Start it first.");
}

function notReady(name: string, { pattern, seconds }: { pattern: string; seconds: number }, words: string): UserError {
  return new UserError(
    "PROGRAM_NOT_READY",
    `The program of role '${name}' did not print /${pattern}/ within ${seconds} s.`,
    `Correct command.ready of the role, or allow more time there: { pattern, within }. ${words}`,
  );
}

function ended(name: string, departure: Departure, words: string): UserError {
  const message = `The program of role '${name}' ${describeDeparture(departure)} before it was ready.`;
  return new UserError("PROGRAM_ENDED", message, `Try its line by hand: it is in the role's log. ${words}`);
}
