/** CPU time that the hypervisor gave to other guests ("steal" of proc_stat(5)). */
import { execa } from "execa";
import { hostFiles, type HostFiles } from "./host_files.js";

/**
 * Stolen CPU time since boot in seconds, summed over CPUs; 0 where the kernel does not tell. The difference of
 * two readings is what a trial lost. Resolution is one tick, 10 ms on nearly all kernels.
 */
export async function readSteal(files: HostFiles = hostFiles): Promise<number> {
  const stat = await files.text("/proc/stat").catch(() => "");
  const seconds = stealByCpu(stat, await ticksPerSecond());
  return [...seconds.values()].reduce((sum, value) => sum + value, 0);
}

/**
 * Seconds by CPU number from the text of /proc/stat: the 8th value of each `cpuN` line
 * (user nice system idle iowait irq softirq steal guest guest_nice).
 */
export function stealByCpu(stat: string, ticksASecond: number): ReadonlyMap<number, number> {
  return new Map([...cpuTicks(stat)].map(([cpu, ticks]) => [cpu, (ticks[7] ?? 0) / ticksASecond]));
}

/** Share of all CPU time since boot that was stolen, in [0, 1]. */
export function stealShare(stat: string): number {
  const all = [...cpuTicks(stat).values()];
  // guest and guest_nice are contained in user and nice already.
  const total = all.flatMap((ticks) => ticks.slice(0, 8)).reduce((sum, value) => sum + value, 0);
  const stolen = all.reduce((sum, ticks) => sum + (ticks[7] ?? 0), 0);
  return total === 0 ? 0 : stolen / total;
}

function cpuTicks(stat: string): ReadonlyMap<number, readonly number[]> {
  const lines = [...stat.matchAll(/^cpu(\d+) (.*)$/gm)];
  return new Map(lines.map(([, cpu, ticks = ""]) => [Number(cpu), ticks.trim().split(/\s+/).map(Number)]));
}

let knownTicks: Promise<number> | undefined;

/** USER_HZ; asked once. */
function ticksPerSecond(): Promise<number> {
  knownTicks ??= execa("getconf", ["CLK_TCK"], { timeout: 5_000 }).then(
    ({ stdout }) => Number(stdout) || 100,
    () => 100,
  );
  return knownTicks;
}
