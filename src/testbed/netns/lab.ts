/**
 * Two hosts made of network namespaces on this machine: each with an sshd of its own on its own address and keys made
 * for the run, joined by virtual interfaces. They are reached by the same code as any other host.
 */
import { UserError } from "../../errors.js";
import type { Host } from "../host.js";
import type { Testbed } from "../model.js";
import { PRIVILEGES } from "../privileges.js";
import { sshHost } from "../ssh/host.js";
import type { SshSettings } from "../ssh/config.js";
import { linksOf } from "./links.js";
import { addNamespace, joinNamespaces, type Slot } from "./namespaces.js";
import { claimSlot, releaseSlot } from "./slots.js";
import { makeUserKey, startSshd } from "./sshd.js";

export interface NamespaceLab {
  host(name: string): Host;
  /** Removes all that was made. Never rejects. */
  close(): Promise<void>;
}

type Settings = ReadonlyMap<string, SshSettings>;

/** Nothing is made until an agent is started. */
export function namespaceLab(testbed: Testbed): NamespaceLab {
  let made: Promise<Settings> | undefined;
  let slot: Slot | undefined;
  const remove = (): void => {
    if (slot !== undefined) releaseSlot(slot);
    slot = undefined;
  };
  const make = async (): Promise<Settings> => {
    checkRoot(testbed);
    slot = await claimSlot(testbed.name);
    process.on("exit", remove);
    return build(slot, testbed);
  };
  const settingsOf = async (name: string): Promise<SshSettings> => {
    const settings = (await (made ??= make())).get(name);
    if (settings === undefined) throw new Error(`testbed ${testbed.name} has no namespace ${name}`);
    return settings;
  };
  return {
    host: (name) =>
      sshHost({
        name,
        kind: "netns",
        spec: { kind: "ssh", alias: name, sudo: false },
        settings: () => settingsOf(name),
        ssh: {},
      }),
    close: async () => {
      await made?.catch(() => undefined);
      remove();
      process.off("exit", remove);
    },
  };
}

async function build(slot: Slot, testbed: Testbed): Promise<Settings> {
  const key = await makeUserKey(slot);
  const names = Object.entries(testbed.hosts).flatMap(([name, { kind }]) => (kind === "netns" ? [name] : []));
  const namespaces = new Map(names.map((name, index) => [name, addNamespace(slot, name, index)]));
  for (const [near, far] of linksOf(testbed)) joinNamespaces(slot, near, far);
  const started = [...namespaces].map(
    async ([name, namespace]) => [name, { ...(await startSshd(slot, namespace, key)), name }] as const,
  );
  return new Map(await Promise.all(started));
}

function checkRoot({ name }: Testbed): void {
  if (process.getuid?.() === 0) return;
  const { what, why, grant } = PRIVILEGES.namespaces;
  throw new UserError("NETNS_ROOT", `Testbed ${name} needs ${what}: ${why}.`, grant);
}
