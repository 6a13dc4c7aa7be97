/** The state of the hosts before a run and after it. */
import { UserError } from "../errors.js";
import { changesOf, conditionsOf, type HostState } from "../testbed/conditions.js";
import { isOfHost } from "../testbed/port_probe.js";
import type { AgentHandle } from "../experiments/experiment.js";
import type { HostChange, HostConditions, RunManifest, RunSchedule } from "../results/model.js";

/** Tools such as ethtool may be slow. */
const PROBE_SECONDS = 30;

type Agents = Iterable<readonly [host: string, agent: AgentHandle]>;
type Roles = RunSchedule["roles"];

/** Empty for a host that does not tell. */
export async function readConditions(agents: Agents, roles: Roles): Promise<HostConditions> {
  const states = await readStates(agents, roles);
  return Object.fromEntries([...states].map(([host, { conditions }]) => [host, conditions]));
}

/** @param agents those that are there still */
export async function changesSince(
  { hosts, conditions = {} }: Pick<RunManifest, "hosts" | "conditions">,
  agents: Agents,
  roles: Roles,
): Promise<readonly HostChange[]> {
  const states = await readStates(agents, roles);
  return [...states].flatMap(([host, after]) => {
    const facts = hosts[host];
    return facts === undefined ? [] : changesOf(host, { facts, conditions: conditions[host] ?? {} }, after);
  });
}

async function readStates(agents: Agents, roles: Roles): Promise<ReadonlyMap<string, HostState>> {
  const read = [...agents].map(async ([host, agent]) => [host, await readState(agent, portsOn(host, roles))] as const);
  return new Map(await Promise.all(read));
}

async function readState(agent: AgentHandle, ports: readonly Port[]): Promise<HostState> {
  try {
    const probe = await agent.call("host.probe", { ports }, PROBE_SECONDS);
    return { facts: probe.facts, conditions: conditionsOf(probe) };
  } catch (error) {
    if (error instanceof UserError) return { facts: agent.facts, conditions: {} };
    throw error;
  }
}

type Port = Pick<Roles[string], "io" | "device">;

function portsOn(host: string, roles: Roles): readonly Port[] {
  const own = Object.values(roles).filter((role) => role.host === host);
  return own.map(({ io, device }) => ({ io, ...(device === undefined ? {} : { device }) })).filter(isOfHost);
}
