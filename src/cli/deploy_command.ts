/** What `nicbench deploy` does: host by host, and says what came of it. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mkdtemp, rm } from "node:fs/promises";
import { UserError } from "../errors.js";
import { greetAgent } from "../agent/client.js";
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
  const logs = await mkdtemp(join(tmpdir(), "nicbench-deploy-"));
  const agent = await greetAgent(await host.startAgent(), { logFile: join(logs, `${host.name}-agent.log`) });
  await agent.close();
  await rm(logs, { recursive: true });
  if (!agent.native.available)
    throw new UserError("NATIVE_BROKEN", `${host.name}: ${agent.native.reason}`, agent.native.hint);
  const what = sentBytes === 0 ? "is there already" : `sent ${formatQuantity(sentBytes, "bytes")}`;
  return `${host.name}: ${what}, the agent works (${agent.facts.cpuModel}, ${agent.facts.kernel}); ${folder}`;
}
