/** Roles that one process plays, on a testbed that gives each a host and a port of its own. */
import { machineOf } from "./machine.js";
import type { RoleSpec, Testbed } from "./model.js";

/**
 * The same testbed with these roles on the host of the last of them, joined by a ring in memory. It keeps its CPUs; so do
 * the others where theirs are of the same machine.
 *
 * @param keepPorts of that host: they are used as well
 * @returns undefined where a ring joins them already
 */
export function onOneHost(roles: readonly string[], testbed: Testbed, keepPorts = false): Testbed | undefined {
  const specs = roles.flatMap((role) => testbed.roles[role] ?? []);
  const last = specs.at(-1);
  if (last === undefined || specs.every(({ ports }) => ports.some(({ io }) => io === "ring"))) return undefined;
  const machine = ({ host }: RoleSpec): string => machineOf(host, testbed.hosts[host]);
  const moved = (spec: RoleSpec): RoleSpec => {
    const isThere = machine(spec) === machine(last);
    const ports = isThere && keepPorts ? spec.ports : [{ io: "ring" }];
    return { host: last.host, ports, cores: isThere ? spec.cores : "auto" };
  };
  const kept = Object.entries(testbed.roles).filter(([role]) => roles.includes(role));
  return { ...testbed, roles: Object.fromEntries(kept.map(([role, spec]) => [role, moved(spec)])) };
}
