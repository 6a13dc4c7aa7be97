/** Asks agents about their hosts, for people who want to know before a run. */
import { UserError } from "../errors.js";
import { rolesOn } from "../testbed/model.js";
import { isOfHost } from "../testbed/port_probe.js";
import { openHosts, type HostOptions } from "../testbed/open_hosts.js";
import { withAgent } from "./once.js";
import type { AgentClient } from "./client.js";
import type { NativeInfo } from "./protocol.js";
import type { ClockOffset, ProbedHost } from "../testbed/host_differences.js";
import type { CpuTopology, PortSpec, Testbed } from "../testbed/model.js";

export interface ExaminedHost extends ProbedHost {
  readonly native: NativeInfo;
  readonly topology: CpuTopology;
}

/** Compilers take a while to say who they are. */
const PROBE_SECONDS = 60;

async function examineHost(name: string, agent: AgentClient, ports: readonly PortSpec[]): Promise<ExaminedHost> {
  const { native, topology } = agent;
  const clock = await clockOffset(agent);
  return { name, native, topology, clock, probe: await agent.call("host.probe", { ports }, PROBE_SECONDS) };
}

const CLOCK_ROUNDS = 8;

/** Both ends read their clock by Date.now(), which leaves out what is less than a millisecond. */
const CLOCK_STEP_SECONDS = 0.001;

/** Of several exchanges the shortest says most: the host's clock was read somewhere within it. */
async function clockOffset(agent: AgentClient): Promise<ClockOffset> {
  let best: ClockOffset = { seconds: 0, within: Infinity };
  for (let round = 0; round < CLOCK_ROUNDS; round += 1) {
    const sent = Date.now() / 1000;
    const began = performance.now();
    const { seconds } = await agent.call("host.clock", {}, 10);
    const half = (performance.now() - began) / 2000;
    const within = half + CLOCK_STEP_SECONDS;
    if (within < best.within) best = { seconds: seconds - (sent + half), within };
  }
  return best;
}

/** Why a host could not be asked. */
export interface UnusableHost {
  readonly name: string;
  readonly error: UserError;
}

/** All hosts of a testbed; one that cannot be reached keeps nobody from looking at the others. */
export async function examineTestbed(
  testbed: Testbed,
  options: HostOptions,
): Promise<readonly (ExaminedHost | UnusableHost)[]> {
  const hosts = openHosts(testbed, options);
  const examine = async (name: string): Promise<ExaminedHost | UnusableHost> => {
    const ports = rolesOn(name, testbed).flatMap((role) => role.ports.filter(isOfHost));
    try {
      return await withAgent(hosts.host(name), (agent) => examineHost(name, agent, ports));
    } catch (error) {
      if (error instanceof UserError) return { name, error };
      throw error;
    }
  };
  try {
    const examined: (ExaminedHost | UnusableHost)[] = [];
    for (const name of Object.keys(testbed.hosts)) examined.push(await examine(name));
    return examined;
  } finally {
    await hosts.close();
  }
}
