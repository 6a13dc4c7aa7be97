/** What the doctor looks at beyond the facts kept with a run. */
import type { HostFacts } from "../results/model.js";
import { cpuFlags, hostFacts, memoryField } from "./facts.js";
import { hostFiles, orUnavailable, type HostFiles } from "./host_files.js";
import { defaultInterruptCpus, irqBalance } from "./interrupts.js";
import type { PortSpec } from "./model.js";
import { probePort, type PortProbe } from "./port_probe.js";
import { hostTools, type HostTools } from "./host_tools.js";
import { stealShare } from "./steal.js";

export interface Probe {
  readonly facts: HostFacts;
  readonly turbo: "on" | "off" | "unknown";
  /** CPU lists of `isolcpus` and `nohz_full`; empty for none. */
  readonly isolated: string;
  readonly nohzFull: string;
  /** Undefined where the architecture lists no flags. */
  readonly invariantTsc?: boolean | undefined;
  /** Share of CPU time since boot, in [0, 1]. */
  readonly stolen: number;
  readonly freeBytes?: number | undefined;
  /** First line that the tool prints about itself, undefined if it is absent. */
  readonly compiler?: string | undefined;
  readonly cmake?: string | undefined;
  readonly dpdk?: string | undefined;
  /** Groups of devices that an IOMMU keeps apart; 0 where there is none. */
  readonly iommuGroups: number;
  /** Whether the clock is kept by NTP or the like. */
  readonly timeSync: "yes" | "no" | "unknown";
  /** Whether irqbalance(1) moves interrupts. */
  readonly irqBalance: "runs" | "does not run" | "unknown";
  /** CPUs that interrupts of new devices go to, as a list; `unavailable: why`. */
  readonly interruptCpus: string;
  /** What the agent may have at most; undefined: no limit, or unknown. */
  readonly openFiles?: number | undefined;
  readonly lockedBytes?: number | undefined;
  readonly ports: readonly PortProbe[];
}

export async function probeHost(
  ports: readonly PortSpec[] = [],
  files: HostFiles = hostFiles,
  tools: HostTools = hostTools,
): Promise<Probe> {
  const cpuinfo = await files.text("/proc/cpuinfo").catch(() => "");
  const [compiler, cmake, dpdk] = await Promise.all([
    firstOf(tools, [
      ["c++", "--version"],
      ["g++", "--version"],
      ["clang++", "--version"],
    ]),
    firstOf(tools, [["cmake", "--version"]]),
    firstOf(tools, [["pkg-config", "--modversion", "libdpdk"]]),
  ]);
  const limits = await optional(files, "/proc/self/limits");
  return {
    facts: await hostFacts(files),
    turbo: await turbo(files),
    isolated: await optional(files, "/sys/devices/system/cpu/isolated"),
    nohzFull: (await optional(files, "/sys/devices/system/cpu/nohz_full")).replace("(null)", ""),
    invariantTsc: invariantTsc(cpuFlags(cpuinfo)),
    stolen: stealShare(await optional(files, "/proc/stat")),
    freeBytes: memoryField(await optional(files, "/proc/meminfo"), "MemAvailable"),
    compiler,
    cmake,
    dpdk,
    iommuGroups: (await files.list("/sys/kernel/iommu_groups").catch(() => [])).length,
    timeSync: await timeSync(tools),
    irqBalance: await irqBalance(files),
    interruptCpus: await defaultInterruptCpus(files),
    openFiles: softLimit(limits, "Max open files"),
    lockedBytes: softLimit(limits, "Max locked memory"),
    ports: await Promise.all(ports.map((port) => probePort(port, files, tools))),
  };
}

function optional(files: HostFiles, path: string): Promise<string> {
  return files.text(path).catch(() => "");
}

/** intel_pstate says `no_turbo`, other drivers say `boost`. */
async function turbo(files: HostFiles): Promise<Probe["turbo"]> {
  const noTurbo = await orUnavailable(() => files.text("/sys/devices/system/cpu/intel_pstate/no_turbo"));
  const boost = await orUnavailable(() => files.text("/sys/devices/system/cpu/cpufreq/boost"));
  if (noTurbo === "1" || boost === "0") return "off";
  return noTurbo === "0" || boost === "1" ? "on" : "unknown";
}

/** A TSC that ticks at one rate in all P- and C-states (Intel SDM vol. 3, 18.17.1). */
function invariantTsc(flags: ReadonlySet<string>): boolean | undefined {
  return flags.has("tsc") ? flags.has("constant_tsc") && flags.has("nonstop_tsc") : undefined;
}

/** First line of the first tool that there is. */
async function firstOf(
  tools: HostTools,
  commands: readonly (readonly [string, ...string[]])[],
): Promise<string | undefined> {
  for (const command of commands) {
    const said = await tools.output(command);
    if (said !== undefined) return said.split("\n")[0]?.trim() ?? command[0];
  }
  return undefined;
}

async function timeSync(tools: HostTools): Promise<Probe["timeSync"]> {
  const said = await tools.output(["timedatectl", "show", "--property=NTPSynchronized", "--value"]);
  return said === "yes" || said === "no" ? said : "unknown";
}

/** Of /proc/self/limits, proc_pid_limits(5). */
function softLimit(limits: string, name: string): number | undefined {
  const [, soft] = new RegExp(`^${name}\\s+(\\d+)\\s`, "m").exec(limits) ?? [];
  return soft === undefined ? undefined : Number(soft);
}
