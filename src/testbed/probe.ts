/** What the doctor looks at beyond the facts kept with a run. */
import { execa } from "execa";
import type { HostFacts } from "../results/model.js";
import { cpuFlags, hostFacts, memoryField } from "./facts.js";
import { hostFiles, orUnavailable, type HostFiles } from "./host_files.js";
import { stealShare } from "./steal.js";

export interface Probe {
  readonly facts: HostFacts;
  readonly turbo: "on" | "off" | "unknown";
  /** CPU lists of `isolcpus` and `nohz_full`; empty for none. */
  readonly isolated: string;
  readonly nohzFull: string;
  /** Undefined where the architecture lists no flags. */
  readonly invariantTsc: boolean | undefined;
  /** Share of CPU time since boot, in [0, 1]. */
  readonly stolen: number;
  readonly freeBytes: number | undefined;
  /** First line that the tool prints about itself, undefined if it is absent. */
  readonly compiler: string | undefined;
  readonly cmake: string | undefined;
  readonly dpdk: string | undefined;
}

export async function probeHost(files: HostFiles = hostFiles): Promise<Probe> {
  const cpuinfo = await files.text("/proc/cpuinfo").catch(() => "");
  const [compiler, cmake, dpdk] = await Promise.all([
    firstOf([
      ["c++", "--version"],
      ["g++", "--version"],
      ["clang++", "--version"],
    ]),
    firstOf([["cmake", "--version"]]),
    firstOf([["pkg-config", "--modversion", "libdpdk"]]),
  ]);
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

async function firstOf(commands: readonly (readonly [string, ...string[]])[]): Promise<string | undefined> {
  for (const [program, ...args] of commands) {
    const { exitCode, stdout } = await execa(program, args, { reject: false, timeout: 10_000 });
    if (exitCode === 0) return stdout.split("\n")[0]?.trim() ?? program;
  }
  return undefined;
}
