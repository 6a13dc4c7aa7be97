/** Who uses a machine, as noted there for everybody else. */
import { hostname, userInfo } from "node:os";
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { thisPlacedProcess, type PlacedProcess } from "../../process_identity.js";

/** Who wants a machine for itself. */
export interface LockOwner {
  /** Tells this use from all others. */
  readonly token: string;
  readonly user: string;
  /** Host name of the machine that the orchestrator runs on. */
  readonly machine: string;
  /** What it is used for, such as `run quickstart-20261121T120000Z-1a2b`. */
  readonly purpose: string;
  readonly orchestrator: PlacedProcess;
}

export interface LockRecord extends LockOwner {
  /** When it was taken, in ISO 8601, by the machine's own clock. */
  readonly since: string;
  /** The agents that hold it, by the testbed's name of their host: one machine may be several hosts. */
  readonly keepers: Readonly<Record<string, PlacedProcess>>;
}

/**
 * What a lock is worth. `held`: its run goes on. `abandoned`: its agents are gone, but a run that lost its connection comes back
 * within {@link RETURN_SECONDS}. `stale`: nobody will come back.
 */
export type LockState = "held" | "abandoned" | "stale";

export interface LockHolder extends Pick<LockRecord, "token" | "user" | "machine" | "purpose" | "since"> {
  /** Process id of its orchestrator. */
  readonly pid: number;
  readonly state: LockState;
}

/** How long an abandoned lock is left to the run that it belongs to. */
export const RETURN_SECONDS = 15;

/** Nothing that would act on a terminal: other users write locks. */
const text = z.string().regex(/^[^\p{Cc}]{0,200}$/u);

const processSchema = z.object({ pid: z.int().positive(), started: text, boot: text, namespace: text });

export const ownerSchema = z.object({
  token: text,
  user: text,
  machine: text,
  purpose: text,
  orchestrator: processSchema,
}) satisfies z.ZodType<LockOwner>;

export const recordSchema = ownerSchema.extend({
  since: text,
  keepers: z.record(text, processSchema),
}) satisfies z.ZodType<LockRecord>;

export const holderSchema = ownerSchema.omit({ orchestrator: true }).extend({
  since: text,
  pid: z.int().positive(),
  state: z.enum(["held", "abandoned", "stale"]),
}) satisfies z.ZodType<LockHolder>;

/** This process. */
export function ownerFor(purpose: string): LockOwner {
  return {
    token: randomBytes(16).toString("hex"),
    user: process.env["SUDO_USER"] ?? userName(),
    machine: hostname(),
    purpose,
    orchestrator: thisPlacedProcess(),
  };
}

/** A process may have an id that no user has. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

/** Where every machine of a testbed keeps its lock. */
export function lockFolder(): string {
  const other = process.env["NICBENCH_LOCK_FOLDER"];
  return other === undefined || other === "" ? "/tmp/nicbench-lock" : other;
}
