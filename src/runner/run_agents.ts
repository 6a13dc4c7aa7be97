/** The agents of a run: how they are reached, started and locked, and which of them runs the data path. */
import { codeOf, UserError } from "../errors.js";
import { superviseAgents } from "../agent/supervisor.js";
import { ownerFor } from "../testbed/lock/model.js";
import { openHosts } from "../testbed/open_hosts.js";
import type { AgentClient } from "../agent/client.js";
import type { Supervisor } from "../agent/supervisor.js";
import type { LockPatience } from "../agent/testbed_lock.js";
import type { Experiment } from "../experiments/experiment.js";
import type { RunSchedule } from "../results/model.js";
import type { Testbed } from "../testbed/model.js";
import type { HostOptions } from "../testbed/open_hosts.js";

/** How a run gets at its hosts. */
export interface TestbedAccess extends HostOptions {
  /** With others who want them. */
  readonly patience: LockPatience;
  /** How long a host may be out of reach before trials fail for it. */
  readonly reconnectSeconds: number;
  /** Aborted to wait no longer. */
  readonly signal?: AbortSignal;
}

type Clients = Readonly<Record<string, AgentClient>>;

/** @throws {UserError} NATIVE_MISSING: an agent is up, but its host has no addon */
export async function startAgents(
  roles: Readonly<Record<string, { readonly host: string }>>,
  agents: Supervisor,
  logs: string,
): Promise<Clients> {
  const clients: Record<string, AgentClient> = {};
  for (const host of new Set(Object.values(roles).map((role) => role.host))) {
    const client = await agents.agent(host).catch((error: unknown) => {
      throw withLog(error, logs);
    });
    if (!client.native.available) throw new UserError("NATIVE_MISSING", client.native.reason, client.native.hint);
    clients[host] = client;
  }
  return clients;
}

export function supervise(testbed: Testbed, logs: string, access: TestbedAccess): Supervisor {
  return superviseAgents({ logs, hosts: openHosts(testbed, access), reconnectSeconds: access.reconnectSeconds });
}

export function lockFor(run: string, agents: Supervisor, { patience, signal }: TestbedAccess): Promise<void> {
  return agents.lock(ownerFor(`run ${run}`), patience, signal);
}

/** The data path runs where the last role does: that of the DUT, if there are several hosts. */
export function hostOf<T>(
  { roles }: Experiment,
  schedule: RunSchedule,
  clients: Readonly<Record<string, T>>,
): T | undefined {
  return clients[schedule.roles[roles.at(-1) ?? ""]?.host ?? ""];
}

export function isAgentFault(error: unknown): boolean {
  return (codeOf(error) ?? "").startsWith("AGENT_");
}

function withLog(error: unknown, logs: string): unknown {
  if (!(error instanceof UserError) || !isAgentFault(error)) return error;
  return new UserError(error.code, error.message, `${error.hint ?? ""} The log is in ${logs}.`.trim(), {
    cause: error,
  });
}
