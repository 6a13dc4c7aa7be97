/** A program on this machine: started in a process group of its own, and ended with all that it started. */
import { execa } from "execa";
import type { ChildProcess } from "node:child_process";
import { drained, type Departure, type HostProcess } from "./host_process.js";
import { withLifeline } from "./lifeline.js";

export interface LocalOptions {
  /** Added to those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly directory?: string | undefined;
}

/**
 * The process group of its own keeps the terminal's Ctrl-C away from the program: the orchestrator stops
 * it in order. Should the orchestrator itself be killed, an agent ends when its stdin closes.
 *
 * @param command program and arguments
 */
export function spawnLocal(command: readonly string[]): HostProcess {
  return spawn(command, {}, []);
}

/** The same for a program that would not notice our end: it is killed with its process group, even if we are. */
export function spawnDependent(command: readonly string[], options: LocalOptions = {}): HostProcess {
  return spawn(withLifeline(command), options, ["pipe"]);
}

function spawn(
  [program = "", ...args]: readonly string[],
  { environment = {}, directory }: LocalOptions,
  more: readonly "pipe"[],
): HostProcess {
  const child = execa(program, args, {
    stdio: ["pipe", "pipe", "pipe", ...more],
    detached: true,
    cleanup: false,
    buffer: false,
    reject: false,
    encoding: "buffer",
    env: environment,
    ...(directory === undefined ? {} : { cwd: directory }),
  });
  const { pid, stdin, stdout, stderr } = child;
  // A pipe to a dead process breaks; `gone` tells why.
  for (const stream of [stdin, stdout, stderr]) stream.on("error", () => undefined);
  const kill = (): void => killGroup(pid);
  const gone = departure(child).then(async (how) => {
    kill();
    alive.delete(kill);
    await drained(stdout);
    return how;
  });
  alive.add(kill);
  return { pid, stdin, stdout, stderr, gone, kill };
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

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // ESRCH: the whole group is gone already.
  }
}
