/** Which CPUs this process may use, and which of them share a physical core or a memory node. */
import { cpus as onlineCpus } from "node:os";
import { parseCpuList } from "./cpu_list.js";
import { hostFiles, type HostFiles } from "./host_files.js";
import type { CpuPlace, CpuTopology } from "./model.js";

/** Never rejects: where /sys tells nothing, each CPU counts as a core of its own on node 0. */
export async function cpuTopology(files: HostFiles = hostFiles): Promise<CpuTopology> {
  const allowed = allowedCpus(await files.text("/proc/self/status").catch(() => ""));
  const numbers = allowed.length > 0 ? allowed : onlineCpus().map((_, index) => index);
  const nodes = await nodeByCpu(files);
  return { cpus: await Promise.all(numbers.map((cpu) => placeOfCpu(files, cpu, nodes.get(cpu) ?? 0))) };
}

/** `Cpus_allowed_list` of /proc/self/status: what taskset, cpusets and containers leave. */
export function allowedCpus(status: string): readonly number[] {
  const [, list = ""] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(status) ?? [];
  return parseCpuList(list) ?? [];
}

async function placeOfCpu(files: HostFiles, cpu: number, node: number): Promise<CpuPlace> {
  const list = await files.text(`/sys/devices/system/cpu/cpu${cpu}/topology/thread_siblings_list`).catch(() => "");
  const siblings = parseCpuList(list) ?? [];
  return { cpu, siblings: siblings.length > 0 ? siblings : [cpu], node };
}

async function nodeByCpu(files: HostFiles): Promise<ReadonlyMap<number, number>> {
  const folder = "/sys/devices/system/node";
  const names = await files.list(folder).catch(() => []);
  const nodes = names.filter((name) => /^node\d+$/.test(name));
  const lists = await Promise.all(
    nodes.map(async (name) => {
      const cpus = parseCpuList(await files.text(`${folder}/${name}/cpulist`).catch(() => "")) ?? [];
      return cpus.map((cpu) => [cpu, Number(name.slice(4))] as const);
    }),
  );
  return new Map(lists.flat());
}
