/** What `nicbench deploy` does: host by host, and says what came of it. */
import { UserError } from "../errors.js";
import { withAgent, withLockedHosts } from "../agent/once.js";
import { loadTestbed } from "../testbed/load.js";
import { remoteHost } from "../testbed/open_hosts.js";
import { formatQuantity } from "../units.js";
import { hostOptions, patienceOf, type HostFlags } from "./host_options.js";
import { print } from "./terminal.js";
import type { SshHost } from "../testbed/ssh/host.js";

/** @throws {UserError} TESTBED_LOCKED: somebody measures there; and at the first host that cannot be used */
export async function deployTo(file: string, flags: HostFlags): Promise<void> {
  const { name, hosts } = await loadTestbed(file);
  const { ssh = {} } = hostOptions(flags);
  const remote = Object.entries(hosts).flatMap(([key, spec]) => {
    return spec.kind === "ssh" ? [remoteHost(key, spec, ssh)] : [];
  });
  if (remote.length === 0)
    return print(`Testbed ${name} has no hosts that are reached by SSH: there is nothing to bring.`);
  const scouts = remote.map(({ name: host, startScout }) => ({ name: host, startAgent: startScout }));
  try {
    await withLockedHosts(scouts, "deploy", patienceOf(flags), async () => {
      for (const host of remote) print(await deployOne(host));
    });
  } finally {
    await Promise.all(remote.map((host) => host.close()));
  }
}

async function deployOne(host: SshHost): Promise<string> {
  const { folder, sentBytes } = await host.deploy();
  const { native, facts } = await withAgent(host, async (agent) => agent);
  if (!native.available) throw new UserError("NATIVE_BROKEN", `${host.name}: ${native.reason}`, native.hint);
  const what = sentBytes === 0 ? "is there already" : `sent ${formatQuantity(sentBytes, "bytes")}`;
  return `${host.name}: ${what}, the agent works (${facts.cpuModel}, ${facts.kernel}); ${folder}`;
}
