/** From the hosts of a testbed to machines that programs can be started on. */
import type { Host, Hosts } from "./host.js";
import { localHost } from "./local_host.js";
import type { SshHostSpec, Testbed } from "./model.js";
import { namespaceLab } from "./netns/lab.js";
import { sshSettings } from "./ssh/config.js";
import type { SshOptions } from "./ssh/connect.js";
import { sshHost } from "./ssh/host.js";

export interface HostOptions {
  readonly ssh?: SshOptions;
}

/** Nothing is connected or made until an agent is started. */
export function openHosts(testbed: Testbed, { ssh = {} }: HostOptions = {}): Hosts {
  const lab = namespaceLab(testbed);
  const open = (name: string): Host => {
    const spec = testbed.hosts[name];
    if (spec === undefined) throw new Error(`testbed ${testbed.name} has no host ${name}`);
    if (spec.kind === "local") return localHost(name);
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

export function remoteHost(name: string, spec: SshHostSpec, ssh: SshOptions) {
  return sshHost({ name, kind: "ssh", spec, settings: async () => sshSettings(spec.alias), ssh });
}
