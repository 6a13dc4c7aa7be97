/**
 * Gives each role its CPUs.
 *
 * `auto` gives each role one CPU, the DUT first: a core of its own, so that no role runs on an SMT sibling of
 * another; CPU 0 last, because the kernel does its housekeeping there; all on one memory node if it has enough cores.
 */
import { groupBy } from "../group_by.js";
import { UserError } from "../errors.js";
import { formatCpuList } from "./cpu_list.js";
import { machineOf } from "./machine.js";
import type { CpuPlace, CpuTopology, RolePlacement, RoleSpec, Testbed } from "./model.js";

export type { RolePlacement } from "./model.js";

export interface Placement {
  readonly roles: Readonly<Record<string, RolePlacement>>;
  /** What makes the placement worse than it could be, for the user. */
  readonly warnings: readonly string[];
}

/**
 * @param topologies CPUs of the hosts by name, from their agents. Of a machine without one nothing is known yet: its
 *   roles have the CPUs that the testbed lists
 * @throws {UserError} `TESTBED_CPUS`: a listed CPU does not exist or may not be used
 */
export function placeRoles(testbed: Testbed, topologies: Readonly<Record<string, CpuTopology>>): Placement {
  const machine = (host: string): string => machineOf(host, testbed.hosts[host]);
  const placements = [...new Set(Object.keys(testbed.hosts).map(machine))].map((name) => {
    const hosts = Object.keys(testbed.hosts).filter((host) => machine(host) === name);
    const roles = Object.entries(testbed.roles).filter(([, { host }]) => hosts.includes(host));
    const [known] = hosts.flatMap((host) => topologies[host] ?? []);
    return known === undefined
      ? asListed(new Map(roles))
      : placeOnMachine(hosts.join(", "), new Map(roles), known.cpus);
  });
  const placed = Object.assign({}, ...placements.map(({ roles }) => roles)) as Placement["roles"];
  const inFileOrder = Object.keys(testbed.roles).flatMap((role) => {
    const placement = placed[role];
    return placement === undefined ? [] : [[role, placement] as const];
  });
  return { roles: Object.fromEntries(inFileOrder), warnings: placements.flatMap(({ warnings }) => warnings) };
}

function asListed(roles: ReadonlyMap<string, RoleSpec>): Placement {
  const placed = [...roles].map(([role, spec]) => {
    return [role, placementOf(spec, spec.cores === "auto" ? [] : spec.cores)] as const;
  });
  return { roles: Object.fromEntries(placed), warnings: [] };
}

function placementOf({ host, ports: [port = { io: "kernel" }] }: RoleSpec, cpus: readonly number[]): RolePlacement {
  const { io, device, queues } = port;
  return { host, io, ...(device === undefined ? {} : { device }), ...(queues === undefined ? {} : { queues }), cpus };
}

/** @param host name of the machine's host, or names of its hosts */
function placeOnMachine(host: string, roles: ReadonlyMap<string, RoleSpec>, cpus: readonly CpuPlace[]): Placement {
  const listed = [...roles].flatMap(([role, { cores }]) =>
    cores === "auto" ? [] : checkListed(role, host, cores, cpus),
  );
  const automatic = [...roles]
    .filter(([, { cores }]) => cores === "auto")
    .map(([role]) => role)
    .sort(dutFirst);
  const ranked = rankCpus(automatic.length, cpus, listed);
  const chosen = ranked.length < automatic.length ? [] : ranked.slice(0, automatic.length);
  const spare = ranked.filter((cpu) => !chosen.includes(cpu));
  const cpusOf = (role: string, { cores }: RoleSpec): readonly number[] => {
    if (cores !== "auto") return cores;
    const cpu = chosen[automatic.indexOf(role)];
    return cpu === undefined ? [] : [cpu];
  };
  const placed = [...roles].map(([role, spec]) => {
    const placement = placementOf(spec, cpusOf(role, spec));
    return [role, spec.cores === "auto" && chosen.length > 0 ? { ...placement, spare } : placement] as const;
  });
  const unpinned = chosen.length < automatic.length ? [unpinnedWarning(host, automatic, cpus)] : [];
  return {
    roles: Object.fromEntries(placed),
    warnings: [...unpinned, ...sharedCoreWarnings(host, placed, cpus)],
  };
}

function dutFirst(a: string, b: string): number {
  return Number(b === "dut") - Number(a === "dut");
}

function checkListed(
  role: string,
  host: string,
  cores: readonly number[],
  cpus: readonly CpuPlace[],
): readonly number[] {
  const usable = cpus.map(({ cpu }) => cpu);
  const wrong = cores.filter((cpu) => !usable.includes(cpu));
  if (wrong.length === 0) return cores;
  throw new UserError(
    "TESTBED_CPUS",
    `Role '${role}' asks for CPU ${formatCpuList(wrong)}, which host '${host}' does not have or may not use.`,
    `It may use ${formatCpuList(usable)}; write 'cores: auto' to let nicbench choose.`,
  );
}

/** Free CPUs, best first for `count` roles. */
function rankCpus(count: number, cpus: readonly CpuPlace[], taken: readonly number[]): readonly number[] {
  const free = cpus.filter(({ cpu }) => !taken.includes(cpu));
  const busyCores = new Set(cpus.filter(({ cpu }) => taken.includes(cpu)).map(coreOf));
  const cores = groupBy(free, coreOf);
  const firstOfCore = new Set([...cores.values()].map((threads) => threads[0]?.cpu));
  const roomOnNode = (node: number): boolean => {
    return [...cores.values()].filter(([first]) => first?.node === node && !holdsCpu0(first)).length >= count;
  };
  const cost = (place: CpuPlace): number =>
    8 * Number(!firstOfCore.has(place.cpu) || busyCores.has(coreOf(place))) +
    4 * Number(holdsCpu0(place)) +
    2 * Number(!roomOnNode(place.node));
  return [...free].sort((a, b) => cost(a) - cost(b) || a.node - b.node || a.cpu - b.cpu).map(({ cpu }) => cpu);
}

function coreOf({ siblings }: CpuPlace): number {
  return Math.min(...siblings);
}

function holdsCpu0({ siblings }: CpuPlace): boolean {
  return siblings.includes(0);
}

function unpinnedWarning(host: string, roles: readonly string[], cpus: readonly CpuPlace[]): string {
  return (
    `Host '${host}' has ${cpus.length} usable CPU${cpus.length === 1 ? "" : "s"}, too few to give each of ` +
    `${roles.join(", ")} its own: they are not pinned and take turns, so rates and latencies say little.`
  );
}

function sharedCoreWarnings(
  host: string,
  placed: readonly (readonly [string, RolePlacement])[],
  cpus: readonly CpuPlace[],
): readonly string[] {
  const core = new Map(cpus.map((place) => [place.cpu, coreOf(place)]));
  const coresOf = ({ cpus: used }: RolePlacement): readonly (number | undefined)[] => used.map((cpu) => core.get(cpu));
  return placed.flatMap(([role, placement], index) =>
    placed
      .slice(index + 1)
      .filter(([, other]) => coresOf(other).some((number) => coresOf(placement).includes(number)))
      .map(
        ([other]) =>
          `On host '${host}', ${role} and ${other} run on SMT siblings of one core and slow each other down.`,
      ),
  );
}
