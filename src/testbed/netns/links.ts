/**
 * What joins the two network namespaces of a testbed: pairs of virtual interfaces (veth(4)).
 *
 * The ports that roles have on one of them are joined with those on the other, the first with the first and so on, and
 * have the names that the testbed gives them.
 */
import type { PortSpec, Testbed } from "../model.js";
import type { TestbedFile } from "../schema.js";
import { placeOf, type LocatedMap } from "../../yaml/located.js";
import { dotted, quote, type Problem } from "../../yaml/problems.js";

export interface LinkEnd {
  /** Key of the testbed's hosts. */
  readonly host: string;
  readonly interface: string;
  /** With the length of its prefix. */
  readonly address?: string;
  readonly queues?: number;
}

/** Empty where a testbed has no network namespaces. */
export function linksOf({ hosts, roles }: Testbed): readonly (readonly [LinkEnd, LinkEnd])[] {
  const [near = [], far = []] = namespacesOf(hosts).map((host) =>
    Object.values(roles)
      .filter((role) => role.host === host)
      .flatMap(({ ports }) => ports.map((port) => linkEnd(host, port))),
  );
  return near.flatMap((end, index) => {
    const other = far[index];
    return other === undefined ? [] : [[end, other] as const];
  });
}

function linkEnd(host: string, { device = "", address, queues }: PortSpec): LinkEnd {
  return {
    host,
    interface: device,
    ...(address === undefined ? {} : { address }),
    ...(queues === undefined ? {} : { queues }),
  };
}

/** What keeps the namespaces of a testbed from being joined. */
export function unjoinedNamespaces(testbed: TestbedFile, written: LocatedMap): readonly Problem[] {
  const names = namespacesOf(testbed.hosts);
  if (names.length === 0) return [];
  const at = (path: readonly (string | number)[], message: string): Problem => {
    return { place: placeOf(written, path), path: dotted(path), message };
  };
  if (names.length !== 2) {
    const message = `there ${names.length === 1 ? "is 1 host" : `are ${names.length} hosts`} of kind netns; there must be two, to be joined`;
    return [at(["hosts", names.at(-1) ?? ""], message)];
  }
  const ports = Object.entries(testbed.roles)
    .filter(([, { host }]) => names.includes(host))
    .flatMap(([role, { host, ports: all = [] }]) =>
      all.map((port, index) => ({ role, host, index, name: port.interface })),
    );
  const wrong = ports.flatMap(({ role, host, index, name }, position) => {
    const place = ["roles", role, "ports", index];
    if (name === undefined) return [at([...place, "io"], "joins no network namespaces: use a wire with an interface")];
    if (!VETH_NAME.test(name)) {
      return [at([...place, "interface"], `${quote(name)} cannot be made; write a name such as veth0, and not lo`)];
    }
    const taken = ports.slice(0, position).some((other) => other.host === host && other.name === name);
    return taken ? [at([...place, "interface"], `${quote(name)} is another port of host '${host}' already`)] : [];
  });
  const [near = 0, far = 0] = names.map((name) => ports.filter(({ host }) => host === name).length);
  if (wrong.length > 0 || (near === far && near > 0)) return wrong;
  return [at(["hosts", names[1] ?? ""], `has ${far} ports, and '${names[0]}' has ${near}: each is joined with one`)];
}

/** `mgmt0` is the way in, for SSH. */
const VETH_NAME = /^(?!lo$|mgmt0$|all$|default$)[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;

function namespacesOf(hosts: Readonly<Record<string, object>>): readonly string[] {
  return Object.entries(hosts).flatMap(([name, spec]) => ("kind" in spec && spec.kind === "netns" ? [name] : []));
}
