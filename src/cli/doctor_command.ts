/** What `nicbench doctor` prints. */
import { UserError } from "../errors.js";
import { examineTestbed, type ExaminedHost, type UnusableHost } from "../agent/examine.js";
import { withLocalAgent } from "../agent/once.js";
import { buildChecklist, checklist, diagnose, nativeItem } from "../testbed/doctor.js";
import { item, type DoctorItem, type DoctorStatus } from "../testbed/doctor_item.js";
import { hostDifferences } from "../testbed/host_differences.js";
import { loadTestbed, type Testbed } from "../testbed/load.js";
import { placeRoles } from "../testbed/placement.js";
import { portChecklist } from "../testbed/port_checks.js";
import { hostOptions, type HostFlags } from "./host_options.js";
import { colorsFor, columns, print } from "./terminal.js";

export interface DoctorFlags extends HostFlags {
  readonly json?: true;
}

export async function doctor(file: string | undefined, flags: DoctorFlags): Promise<void> {
  if (file === undefined) return printHere(await diagnose(await withLocalAgent(async ({ native }) => native)), flags);
  const testbed = await loadTestbed(file);
  const examined = await examineTestbed(testbed, hostOptions(flags));
  const reached = examined.filter((host) => "probe" in host);
  const { cpusOf, problems } = rolesOf(testbed, reached);
  const lists = examined.map((host) => {
    return [host.name, "error" in host ? [problemOf(host)] : itemsOf(host, testbed, cpusOf)] as const;
  });
  const between = [...problems, ...hostDifferences(reached)];
  if (flags.json === true) print(JSON.stringify({ hosts: Object.fromEntries(lists), between }, null, 2));
  else printLists([...lists, ["between hosts", between]]);
}

function problemOf({ error }: UnusableHost): DoctorItem {
  return item("agent", "missing", error.message, error.hint);
}

/** Tools are needed where nicbench is built, which for hosts over SSH is here. */
function itemsOf(
  { name, native, probe, topology }: ExaminedHost,
  testbed: Testbed,
  cpusOf: CpusOfRole,
): readonly DoctorItem[] {
  const isLocal = testbed.hosts[name]?.kind === "local";
  const ports = probe.ports.flatMap((port) => {
    const users = Object.entries(testbed.roles).filter(
      ([, { host, ports: own }]) => host === name && own.some(({ device }) => device === port.name),
    );
    const cores = users.flatMap(([role]) => cpusOf(role));
    const cpus = topology.cpus.filter(({ cpu }) => cores.includes(cpu));
    return portChecklist(port, cpus);
  });
  return [...(isLocal ? buildChecklist(probe, native) : [nativeItem(native)]), ...checklist(probe), ...ports];
}

type CpusOfRole = (role: string) => readonly number[];

/** The CPUs that a run would give to each role, and what keeps it from that. */
function rolesOf(
  testbed: Testbed,
  hosts: readonly ExaminedHost[],
): { readonly cpusOf: CpusOfRole; readonly problems: readonly DoctorItem[] } {
  const topologies = Object.fromEntries(hosts.map(({ name, topology }) => [name, topology]));
  try {
    const { roles, warnings } = placeRoles(testbed, topologies);
    const problems = warnings.map((warning) => item("cores", "warning", warning, "Use a machine with more cores."));
    return { cpusOf: (role) => roles[role]?.cpus ?? [], problems };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { cpusOf: () => [], problems: [item("cores", "missing", error.message, error.hint)] };
  }
}

function printHere(items: readonly DoctorItem[], { json }: DoctorFlags): void {
  if (json === true) print(JSON.stringify(items, null, 2));
  else printItems(items);
}

function printLists(lists: readonly (readonly [string, readonly DoctorItem[]])[]): void {
  const colors = colorsFor(process.stdout);
  const shown = lists.filter(([, items]) => items.length > 0);
  for (const [index, [title, items]] of shown.entries()) {
    print(`${index === 0 ? "" : "\n"}${colors.bold(title)}`);
    printItems(items);
  }
}

function printItems(items: readonly DoctorItem[]): void {
  const colors = colorsFor(process.stdout);
  const paint: Record<DoctorStatus, (text: string) => string> = {
    ok: colors.green,
    advice: colors.cyan,
    warning: colors.yellow,
    missing: colors.red,
  };
  const lines = columns(items.map(({ status, name, found }) => [status, name, found])).split("\n");
  for (const [index, { status, advice }] of items.entries()) {
    print((lines[index] ?? "").replace(status, paint[status]));
    if (advice !== "") print(`         ${colors.dim(advice)}`);
  }
}
