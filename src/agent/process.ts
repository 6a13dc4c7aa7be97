/** The process of an agent: started in a process group of its own, and ended with all that it started. */
import { execa } from "execa";
import type { ChildProcess } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { openLog } from "./log.js";

export interface AgentProcess {
  readonly pid: number | undefined;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Settles when the process is gone, or could not be started. Never rejects. */
  readonly gone: Promise<Departure>;
  /** SIGKILL to its whole process group; harmless if it is gone. */
  kill(): void;
  /** Last lines that it wrote to stderr. */
  lastWords(): string;
}

/** Why a process is no more. */
export type Departure =
  | { readonly how: "exit"; readonly exitCode: number }
  | { readonly how: "signal"; readonly signal: string }
  | { readonly how: "not-started"; readonly reason: string };

export interface SpawnOptions {
  /** Program and arguments. */
  readonly command: readonly string[];
  /** Where its stderr goes, appended. */
  readonly logFile: string;
  /** What messages call the log; `logFile` unless given. */
  readonly logName?: string;
}

/**
 * The process group of its own keeps the terminal's Ctrl-C away from the agent: the orchestrator stops
 * it in order. Should the orchestrator itself be killed, the agent ends when its stdin closes.
 */
export function spawnAgent({ command: [program = "", ...args], logFile }: SpawnOptions): AgentProcess {
  const log = openLog(logFile);
  const child = execa(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: "buffer",
  });
  child.stderr.on("data", log.write);
  // A pipe to a dead process breaks; `gone` tells why.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
  const kill = (): void => killGroup(child.pid);
  const gone = departure(child).then(async (how) => {
    kill();
    alive.delete(kill);
    await drained(child.stdout);
    log.close();
    return how;
  });
  alive.add(kill);
  return { pid: child.pid, stdin: child.stdin, stdout: child.stdout, gone, kill, lastWords: log.lastWords };
}

/** `was killed by SIGSEGV`, `exited with code 3`, … */
export function describeDeparture(departure: Departure): string {
  if (departure.how === "signal") return `was killed by ${departure.signal}`;
  if (departure.how === "exit") return `exited with code ${departure.exitCode}`;
  return `could not be started: ${departure.reason}`;
}

const alive = new Set<() => void>();
process.on("exit", () => {
  for (const kill of alive) kill();
});

/** Waits for the process, not for its pipes: a grandchild may hold those open. */
function departure(child: ChildProcess): Promise<Departure> {
  return new Promise((resolve) => {
    child.once("exit", (exitCode: number | null, signal: string | null) => {
      resolve(signal === null ? { how: "exit", exitCode: exitCode ?? 0 } : { how: "signal", signal });
    });
    child.once("error", (error: Error) => {
      if (child.pid === undefined) resolve({ how: "not-started", reason: error.message });
    });
  });
}

/** What the agent wrote before it went is read first, so that a last answer counts. */
function drained(stdout: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stdout.closed) resolve();
    stdout.once("close", resolve);
    setTimeout(resolve, DRAIN_MS).unref();
  });
}

const DRAIN_MS = 1000;

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: the whole group is gone already.
  }
}
