/** What the doctor looks at and what stays as it is while nobody touches the machine, as texts to compare. */
import { flatten } from "../flat.js";
import type { HostChange, HostFacts } from "../results/model.js";
import type { Probe } from "./probe.js";

/** By dotted path, such as `ports.eth1.mtu`; without the facts, which runs keep by themselves. */
export function conditionsOf(probe: Probe): Readonly<Record<string, string>> {
  const { turbo, isolated, nohzFull, invariantTsc, dpdk, iommuGroups, timeSync } = probe;
  const { irqBalance, interruptCpus, openFiles, lockedBytes } = probe;
  const ports = Object.fromEntries(probe.ports.map(({ name, ...port }) => [name, port]));
  return textsOf({
    ...{ turbo, isolated, nohzFull, invariantTsc, dpdk, iommuGroups, timeSync },
    ...{ irqBalance, interruptCpus, openFiles, lockedBytes, ports },
  });
}

export interface HostState {
  readonly facts: HostFacts;
  readonly conditions: Readonly<Record<string, string>>;
}

/** What both states tell, and tell differently. */
export function changesOf(host: string, before: HostState, after: HostState): readonly HostChange[] {
  const [was, is] = [before, after].map(({ facts, conditions }) => ({ ...textsOf(facts), ...conditions }));
  return Object.entries(was ?? {}).flatMap(([name, text]) => {
    const now = is?.[name];
    return now === undefined || now === text ? [] : [{ host, name, before: text, after: now }];
  });
}

function textsOf(values: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(flatten(values)).map(([name, value]) => [name, String(value)]));
}
