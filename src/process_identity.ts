/** Tells a process from a later one with the same id, so that what a dead process left can be recognised. */
import { readFileSync } from "node:fs";
import { codeOf } from "./errors.js";

export interface ProcessIdentity {
  readonly pid: number;
  /** Start time of the process; empty where the system does not tell. */
  readonly started: string;
}

export function thisProcess(): ProcessIdentity {
  return { pid: process.pid, started: startOf(process.pid) };
}

/** Whether it runs still, on this machine. */
export function isAlive({ pid, started }: ProcessIdentity): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
  return startOf(pid) === started;
}

/** Field 22 of /proc/<pid>/stat, in ticks since boot. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
