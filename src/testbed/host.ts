/** The machines of a testbed. Only this machine exists so far; remote kinds implement the same interface. */
import type { HostFacts } from "../results/model.js";
import { hostFacts } from "./facts.js";
import type { CpuTopology, HostSpec, Testbed } from "./model.js";
import { cpuTopology } from "./topology.js";

export interface Host {
  readonly name: string;
  readonly kind: HostSpec["kind"];
  facts(): Promise<HostFacts>;
  /** The CPUs that an agent on this host may pin to. */
  topology(): Promise<CpuTopology>;
}

/** The hosts of a testbed by name. */
export function openHosts(testbed: Testbed): Readonly<Record<string, Host>> {
  return Object.fromEntries(Object.entries(testbed.hosts).map(([name, { kind }]) => [name, localHost(name, kind)]));
}

function localHost(name: string, kind: "local"): Host {
  return { name, kind, facts: () => hostFacts(), topology: () => cpuTopology() };
}
