/** All machines of a testbed for one use, or none of them: two runs that each wait for the other would wait for ever. */
import { setTimeout as pause } from "node:timers/promises";
import { UserError } from "../errors.js";
import { lockFolder, type LockHolder, type LockOwner } from "../testbed/lock/model.js";
import { formatQuantity } from "../units.js";
import type { AgentClient } from "./client.js";

export interface LockPatience {
  /** How long to wait for somebody else; 0: not at all. */
  readonly waitSeconds: number;
  /** Told once for each who is waited for. */
  readonly onWait: (message: string) => void;
}

export type LockAgent = Pick<AgentClient, "call" | "alive">;

/** An agent that the one before has to be ended for takes a while. */
const CALL_SECONDS = 20;
/** Seldom enough not to disturb what is measured there. */
const POLL_MS = 2000;

/**
 * Waits until nobody else uses any of the machines, and then takes them all. When it fails, some may be taken still.
 *
 * @param agents by the testbed's names of their hosts
 * @throws {UserError} TESTBED_LOCKED: somebody else uses one; STOPPED: `signal` was aborted meanwhile; LOCK_FOLDER
 */
export async function lockHosts(
  agents: ReadonlyMap<string, LockAgent>,
  owner: LockOwner,
  { waitSeconds, onWait }: LockPatience,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = performance.now() + 1000 * waitSeconds;
  let told = "";
  for (;;) {
    const refusal = await takeAll(agents, owner);
    if (refusal === undefined) return;
    const { host, holder } = refusal;
    // Abandoned ones are free within seconds, or held again.
    if (holder.state !== "abandoned" && performance.now() >= deadline) throw lockedError(host, holder, waitSeconds);
    if (told !== holder.token) onWait(`waiting for host '${host}': ${describeHolder(holder)}`);
    told = holder.token;
    await wait(signal);
    await Promise.all([...agents.values()].map(renewLease));
  }
}

interface Refusal {
  readonly host: string;
  readonly holder: LockHolder;
}

async function takeAll(agents: ReadonlyMap<string, LockAgent>, owner: LockOwner): Promise<Refusal | undefined> {
  const taken: LockAgent[] = [];
  for (const [host, agent] of agents) {
    const holder = await takeLock(host, agent, owner);
    if (holder === undefined) taken.push(agent);
    else {
      await Promise.all(taken.map(releaseLock));
      return { host, holder };
    }
  }
  return undefined;
}

/** @returns who has it, if somebody else does */
export async function takeLock(host: string, agent: LockAgent, owner: LockOwner): Promise<LockHolder | undefined> {
  const { heldBy } = await agent.call("lock.take", { folder: lockFolder(), host, owner }, CALL_SECONDS);
  return heldBy;
}

/** Never rejects: the lock of an agent that is gone ends without it. */
export async function releaseLock(agent: LockAgent): Promise<void> {
  if (agent.alive()) await agent.call("lock.release", { folder: lockFolder() }, CALL_SECONDS).catch(() => undefined);
}

/** Those that are not asked again would end while another host is waited for. */
async function renewLease(agent: LockAgent): Promise<void> {
  await agent.call("lease.renew", { seconds: 60 }, CALL_SECONDS);
}

export async function holderOf(agent: LockAgent): Promise<LockHolder | undefined> {
  return (await agent.call("lock.holder", { folder: lockFolder() }, CALL_SECONDS)).holder;
}

/** @returns false if that holder has given it back meanwhile */
export async function clearLock(agent: LockAgent, { token }: LockHolder): Promise<boolean> {
  return (await agent.call("lock.clear", { folder: lockFolder(), token }, CALL_SECONDS)).cleared;
}

/** With a share of chance, so that two who wait do not meet again and again. */
async function wait(signal: AbortSignal | undefined): Promise<void> {
  try {
    await pause(POLL_MS * (0.75 + Math.random() / 2), undefined, { signal });
  } catch {
    throw new UserError("STOPPED", "Stopped while waiting for the testbed.");
  }
}

/** `in use by alice on control (run quickstart-…, process 12) since 2026-11-21 12:00 UTC` */
export function describeHolder({ user, machine, purpose, pid, since, state }: LockHolder): string {
  const who = `${user} on ${machine} (${purpose}, process ${pid}) since ${since.slice(0, 16).replace("T", " ")} UTC`;
  if (state === "held") return `in use by ${who}`;
  return state === "stale" ? `left behind by ${who}` : `left by ${who}, who may come back within seconds`;
}

export function lockedError(host: string, holder: LockHolder, waitedSeconds = 0): UserError {
  const waited = waitedSeconds > 0 ? `, also after ${formatQuantity(waitedSeconds, "s")}` : "";
  return new UserError(
    "TESTBED_LOCKED",
    `Host '${host}' is ${describeHolder(holder)}${waited}.`,
    "Wait for it with --wait 10min. If nothing of it runs any more: nicbench testbed release <testbed>",
  );
}
