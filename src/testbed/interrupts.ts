/** Which CPUs serve the interrupts of devices, and who decides that (the kernel's Documentation/core-api/irq/irq-affinity.rst). */
import { formatCpuList, parseCpuList } from "./cpu_list.js";
import { orUnavailable, unavailable, type HostFiles } from "./host_files.js";

/** The CPUs that serve the interrupts of a device now, as a list; `unavailable: why` where they cannot be read. */
export async function interruptCpus(device: string, files: HostFiles): Promise<string> {
  const numbers = await interruptsOf(device, files);
  if (numbers.length === 0) return unavailable("the device has no interrupts of its own");
  return orUnavailable(async () => {
    const lists = await Promise.all(numbers.map((number) => cpusOfInterrupt(number, files)));
    return formatCpuList([...new Set(lists.flat())].sort((a, b) => a - b));
  });
}

/** Those signalled by messages; of a virtio device they are its parent's. */
async function interruptsOf(device: string, files: HostFiles): Promise<readonly string[]> {
  const own = await files.list(`${device}/msi_irqs`).catch(() => []);
  return own.length > 0 ? own : files.list(`${device}/../msi_irqs`).catch(() => []);
}

/** Where it goes, or on kernels that do not tell that (before 4.14), where it may go. */
async function cpusOfInterrupt(number: string, files: HostFiles): Promise<readonly number[]> {
  const folder = `/proc/irq/${number}`;
  const list = await files
    .text(`${folder}/effective_affinity_list`)
    .catch(() => files.text(`${folder}/smp_affinity_list`));
  return parseCpuList(list) ?? [];
}

/** CPUs that interrupts of new devices go to, as a list. */
export async function defaultInterruptCpus(files: HostFiles): Promise<string> {
  return orUnavailable(async () => cpusOfMask(await files.text("/proc/irq/default_smp_affinity")));
}

/** A bit a CPU, in hexadecimal: `ff,ffffffff`. */
export function cpusOfMask(mask: string): string {
  const bits = Array.from(BigInt(`0x${mask.replaceAll(",", "")}`).toString(2)).reverse();
  return formatCpuList(bits.flatMap((bit, cpu) => (bit === "1" ? [cpu] : [])));
}

/** irqbalance(1) moves interrupts to where it is quiet, which a waiting core seems to be. */
export async function irqBalance(files: HostFiles): Promise<"runs" | "does not run" | "unknown"> {
  const processes = (await files.list("/proc").catch(() => [])).filter((name) => /^\d+$/.test(name));
  if (processes.length === 0) return "unknown";
  const names = await Promise.all(processes.map((pid) => files.text(`/proc/${pid}/comm`).catch(() => "")));
  return names.includes("irqbalance") ? "runs" : "does not run";
}
