/** One agent for one question, for commands that are no run. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { localHost } from "../testbed/local_host.js";
import { ownerFor } from "../testbed/lock/model.js";
import { greetAgent } from "./client.js";
import { lockHosts, releaseLock } from "./testbed_lock.js";
import type { AgentClient } from "./client.js";
import type { LockPatience } from "./testbed_lock.js";
import type { Host } from "../testbed/host.js";

/** What agents are started on. */
export type AgentHost = Pick<Host, "name" | "startAgent">;

/** Starts an agent, asks it, ends it. Its log stays only if it died, since the error names it. */
export async function withAgent<T>(host: AgentHost, ask: (agent: AgentClient) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "nicbench-agent-"));
  const agent = await greetAgent(await host.startAgent(), { logFile: join(folder, `${host.name}-agent.log`) });
  try {
    return await ask(agent);
  } finally {
    const keepLog = !agent.alive();
    await agent.close();
    if (!keepLog) await rm(folder, { recursive: true, force: true });
  }
}

export async function withLocalAgent<T>(ask: (agent: AgentClient) => Promise<T>): Promise<T> {
  return withAgent(localHost("here"), ask);
}

/**
 * The same while nobody else measures on the host.
 *
 * @param purpose for others who want it meanwhile, such as `calibrate`
 * @throws {UserError} TESTBED_LOCKED
 */
export async function withLockedAgent<T>(
  host: AgentHost,
  purpose: string,
  patience: LockPatience,
  ask: (agent: AgentClient) => Promise<T>,
): Promise<T> {
  return withAgent(host, (agent) => whileLocked(new Map([[host.name, agent]]), purpose, patience, () => ask(agent)));
}

/** Does something that takes up to an hour while nobody else measures on any of the hosts. */
export async function withLockedHosts<T>(
  hosts: readonly AgentHost[],
  purpose: string,
  patience: LockPatience,
  work: () => Promise<T>,
): Promise<T> {
  const withRest = async (rest: readonly AgentHost[], agents: ReadonlyMap<string, AgentClient>): Promise<T> => {
    const [host, ...others] = rest;
    if (host !== undefined)
      return withAgent(host, (agent) => withRest(others, new Map([...agents, [host.name, agent]])));
    return whileLocked(agents, purpose, patience, async () => {
      for (const agent of agents.values()) await agent.call("lease.renew", { seconds: 3600 }, 20);
      return work();
    });
  };
  return withRest(hosts, new Map());
}

async function whileLocked<T>(
  agents: ReadonlyMap<string, AgentClient>,
  purpose: string,
  patience: LockPatience,
  work: () => Promise<T>,
): Promise<T> {
  try {
    await lockHosts(agents, ownerFor(purpose), patience, undefined);
    return await work();
  } finally {
    await Promise.all([...agents.values()].map(releaseLock));
  }
}
