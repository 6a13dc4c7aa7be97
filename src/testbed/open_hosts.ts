/** From the hosts of a testbed to machines that programs can be started on. */
import type { Host, Hosts } from "./host.js";
import { localHost } from "./local_host.js";
import { machineOf } from "./machine.js";
import type { SshHostSpec, Testbed } from "./model.js";
import { namespaceLab } from "./netns/lab.js";
import { sshSettings } from "./ssh/config.js";
import type { SshOptions } from "./ssh/connect.js";
import { sshHost } from "./ssh/host.js";

export interface HostOptions {
  /** The agent of hosts that are this machine; left out, this program. */
  readonly agentCommand?: readonly string[];
  readonly ssh?: SshOptions;
}

/** Nothing is connected or made until an agent is started. */
export function openHosts(testbed: Testbed, { ssh = {}, agentCommand }: HostOptions = {}): Hosts {
  const lab = namespaceLab(testbed);
  const open = (name: string): Host => {
    const spec = testbed.hosts[name];
    if (spec === undefined) throw new Error(`testbed ${testbed.name} has no host ${name}`);
    if (spec.kind === "local") return localHost(name, agentCommand);
    if (spec.kind === "ssh") return remoteHost(name, spec, ssh);
    return lab.host(name);
  };
  const hosts = new Map<string, Host>();
  return {
    host: (name) => {
      const host = hosts.get(name) ?? open(name);
      hosts.set(name, host);
      return host;
    },
    close: async () => {
      await Promise.all([...hosts.values()].map((host) => host.close()));
      await lab.close();
    },
  };
}

/** One host for each machine of a testbed: all that are on this one are reached without SSH, and nothing is made for them. */
export function openMachines({ hosts }: Testbed, { ssh = {} }: HostOptions = {}): readonly Host[] {
  const machines = new Map<string, Host>();
  for (const [name, spec] of Object.entries(hosts)) {
    const machine = machineOf(name, spec);
    if (machines.has(machine)) continue;
    machines.set(machine, spec.kind === "ssh" ? remoteHost(name, spec, ssh) : localHost(name));
  }
  return [...machines.values()];
}

export function remoteHost(name: string, spec: SshHostSpec, ssh: SshOptions) {
  return sshHost({ name, kind: "ssh", spec, settings: async () => sshSettings(spec.alias), ssh });
}
