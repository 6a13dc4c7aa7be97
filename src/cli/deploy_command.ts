/** What `nicbench deploy` does: host by host, and says what came of it. */
import { UserError } from "../errors.js";
import { withAgent } from "../agent/once.js";
import { loadTestbed } from "../testbed/load.js";
import { remoteHost } from "../testbed/open_hosts.js";
import { formatQuantity } from "../units.js";
import { hostOptions, type HostFlags } from "./host_options.js";
import { print } from "./terminal.js";
import type { SshHost } from "../testbed/ssh/host.js";

/** @throws {UserError} at the first host that cannot be used */
export async function deployTo(file: string, flags: HostFlags): Promise<void> {
  const { name, hosts } = await loadTestbed(file);
  const { ssh = {} } = hostOptions(flags);
  const remote = Object.entries(hosts).flatMap(([key, spec]) => {
    return spec.kind === "ssh" ? [remoteHost(key, spec, ssh)] : [];
  });
  if (remote.length === 0) print(`Testbed ${name} has no hosts that are reached by SSH: there is nothing to bring.`);
  for (const host of remote) {
    try {
      print(await deployOne(host));
    } finally {
      await host.close();
    }
  }
}

async function deployOne(host: SshHost): Promise<string> {
  const { folder, sentBytes } = await host.deploy();
  const { native, facts } = await withAgent(host, async (agent) => agent);
  if (!native.available) throw new UserError("NATIVE_BROKEN", `${host.name}: ${native.reason}`, native.hint);
  const what = sentBytes === 0 ? "is there already" : `sent ${formatQuantity(sentBytes, "bytes")}`;
  return `${host.name}: ${what}, the agent works (${facts.cpuModel}, ${facts.kernel}); ${folder}`;
}
