/** What `nicbench testbed` does: asks an agent on each machine. */
import { UserError } from "../errors.js";
import { withAgent } from "../agent/once.js";
import { clearLock, describeHolder, holderOf } from "../agent/testbed_lock.js";
import { loadTestbed } from "../testbed/load.js";
import { openMachines } from "../testbed/open_hosts.js";
import { hostOptions, type HostFlags } from "./host_options.js";
import { columns, print } from "./terminal.js";
import type { AgentClient } from "../agent/client.js";

export interface StatusFlags extends HostFlags {
  readonly json?: true;
}

export interface ReleaseFlags extends HostFlags {
  readonly force?: true;
}

export async function testbedStatus(file: string | undefined, flags: StatusFlags): Promise<void> {
  const found = await onEachMachine(file, flags, async (name, agent) => ({
    host: name,
    holder: await holderOf(agent),
  }));
  const hosts = found.map(({ host, holder }) => {
    if (holder === undefined) return { host };
    const { token: _ours, ...told } = holder;
    return { host, holder: told };
  });
  if (flags.json === true) print(JSON.stringify(hosts, null, 2));
  else print(columns(found.map(({ host, holder }) => [host, holder === undefined ? "free" : describeHolder(holder)])));
}

/** @throws {UserError} TESTBED_HELD: its run goes on, as far as can be seen */
export async function testbedRelease(file: string | undefined, { force, ...flags }: ReleaseFlags): Promise<void> {
  const told = await onEachMachine(file, flags, async (name, agent) => {
    const holder = await holderOf(agent);
    if (holder === undefined) return [name, "free"];
    if (holder.state === "held" && force !== true) {
      const hint = "Ask them, or wait. If you know that nothing of it runs any more, add --force.";
      throw new UserError("TESTBED_HELD", `Host '${name}' is ${describeHolder(holder)}.`, hint);
    }
    const cleared = await clearLock(agent, holder);
    return [name, cleared ? `freed; it was ${describeHolder(holder)}` : "free; its lock ended by itself"];
  });
  print(columns(told));
}

async function onEachMachine<T>(
  file: string | undefined,
  flags: HostFlags,
  ask: (host: string, agent: AgentClient) => Promise<T>,
): Promise<readonly T[]> {
  const machines = openMachines(await loadTestbed(file), hostOptions(flags));
  try {
    const answers: T[] = [];
    for (const machine of machines) answers.push(await withAgent(machine, (agent) => ask(machine.name, agent)));
    return answers;
  } finally {
    await Promise.all(machines.map((machine) => machine.close()));
  }
}
