/** Tells a process from a later one with the same id, so that what a dead process left can be recognised. */
import { readFileSync, readlinkSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { codeOf } from "./errors.js";

export interface ProcessIdentity {
  readonly pid: number;
  /** Start time of the process; empty where the system does not tell. */
  readonly started: string;
}

/** A process as it is noted for others, who may be on another machine or in another container. */
export interface PlacedProcess extends ProcessIdentity {
  /** Which start of which machine: /proc/sys/kernel/random/boot_id. */
  readonly boot: string;
  /** Where its id means something: its PID namespace, pid_namespaces(7). */
  readonly namespace: string;
}

/** `elsewhere` is one that cannot be seen from here. */
export type Fate = "alive" | "gone" | "elsewhere";

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: lookUp(process.pid)?.started ?? "" };
}

export function thisPlacedProcess(): PlacedProcess {
  const boot = readOr("", () => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim());
  return { ...thisProcess(), boot, namespace: readOr("", () => readlinkSync("/proc/self/ns/pid")) };
}

export function fateOf(process: PlacedProcess): Fate {
  const { boot, namespace } = thisPlacedProcess();
  if (boot === "" || process.boot !== boot || process.namespace !== namespace) return "elsewhere";
  return isAlive(process) ? "alive" : "gone";
}

/** Whether it runs still, on this machine; one that has ended and that nobody has waited for does not. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  const found = lookUp(pid);
  if (found !== undefined) return found.started === started && found.state !== "Z";
  try {
    process.kill(pid, 0);
    return started === "";
  } catch (error) {
    return codeOf(error) === "EPERM"; // it is another user's, and /proc does not show those
  }
}

/** Asks it to end, and kills it with its process group if it has not after a while. Never rejects. */
export async function endProcess(identity: ProcessIdentity): Promise<void> {
  const { pid } = identity;
  signal(pid, "SIGTERM");
  for (let waited = 0; waited < END_TIMEOUT_MS && isAlive(identity); waited += END_POLL_MS) await pause(END_POLL_MS);
  if (!isAlive(identity)) return;
  signal(-pid, "SIGKILL");
  signal(pid, "SIGKILL");
}

const END_TIMEOUT_MS = 4000;
const END_POLL_MS = 50;

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has gone meanwhile.
  }
}

/** Fields 3 and 22 of /proc/<pid>/stat: its state, and its start in ticks since boot. */
function lookUp(pid: number): { readonly state: string; readonly started: string } | undefined {
  return readOr(undefined, () => {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return { state, started: rest[18] ?? "" };
  });
}

function readOr<T, U>(fallback: U, read: () => T): T | U {
  try {
    return read();
  } catch {
    return fallback;
  }
}
