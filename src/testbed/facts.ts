/** Facts of this host from /proc and /sys, as kept with every run. */
import { arch, cpus, hostname, release, totalmem } from "node:os";
import type { HostFacts } from "../results/model.js";
import { hostFiles, orUnavailable, unavailable, type HostFiles } from "./host_files.js";

const CPU = "/sys/devices/system/cpu";
const CLOCK = "/sys/devices/system/clocksource/clocksource0";

/** Never rejects: what cannot be read becomes `unavailable: why`, or 0 where it is a number. */
export async function hostFacts(files: HostFiles = hostFiles): Promise<HostFacts> {
  const text = (path: string): Promise<string> => orUnavailable(() => files.text(path));
  const cpuinfo = await text("/proc/cpuinfo");
  return {
    hostname: hostname(),
    os: osName(await text("/etc/os-release")),
    kernel: release(),
    arch: arch(),
    cpuModel: cpuModel(cpuinfo) ?? cpus()[0]?.model ?? unavailable("/proc/cpuinfo names no model"),
    cpus: cpus().length,
    numaNodes: await numaNodes(files),
    memoryBytes: totalmem(),
    governor: await governor(files),
    smt: await smt(files),
    clocksource: await text(`${CLOCK}/current_clocksource`),
    hypervisor: await hypervisor(files, cpuinfo),
    hugePages2MiB: Number(await files.text("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages").catch(() => 0)),
    transparentHugePages: selectedOf(await text("/sys/kernel/mm/transparent_hugepage/enabled")),
    mitigations: await mitigations(files),
    kernelCommandLine: await text("/proc/cmdline"),
    node: process.version,
  };
}

/** `PRETTY_NAME` of os-release(5). */
export function osName(osRelease: string): string {
  const [, name] = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(osRelease) ?? [];
  return name ?? unavailable("/etc/os-release has no PRETTY_NAME");
}

export function cpuModel(cpuinfo: string): string | undefined {
  return /^model name\s*:\s*(.+)$/m.exec(cpuinfo)?.[1]?.trim();
}

/** Feature flags of the first CPU; empty where the architecture lists none. */
export function cpuFlags(cpuinfo: string): ReadonlySet<string> {
  const [, flags = ""] = /^(?:flags|Features)\s*:\s*(.*)$/m.exec(cpuinfo) ?? [];
  return new Set(flags.split(/\s+/).filter((flag) => flag !== ""));
}

/** The choice in brackets of a kernel file such as `always [madvise] never`. */
export function selectedOf(choices: string): string {
  return /\[([^\]]+)\]/.exec(choices)?.[1] ?? choices;
}

/** The value in bytes of one line of /proc/meminfo. */
export function memoryField(meminfo: string, field: string): number | undefined {
  const [, kibibytes] = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(meminfo) ?? [];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

async function numaNodes(files: HostFiles): Promise<number> {
  const names = await files.list("/sys/devices/system/node").catch(() => []);
  return Math.max(1, names.filter((name) => /^node\d+$/.test(name)).length);
}

/** All governors in use, so that one CPU left on `powersave` shows. */
async function governor(files: HostFiles): Promise<string> {
  return orUnavailable(async () => {
    const policies = await files.list(`${CPU}/cpufreq`);
    const paths = policies.filter((name) => name.startsWith("policy")).map((name) => `${CPU}/cpufreq/${name}`);
    if (paths.length === 0) return unavailable("no CPU frequency driver; firmware or hypervisor sets the clock");
    const governors = await Promise.all(paths.map((path) => files.text(`${path}/scaling_governor`)));
    return [...new Set(governors)].sort().join(", ");
  });
}

async function smt(files: HostFiles): Promise<string> {
  return orUnavailable(async () => {
    const active = await files.text(`${CPU}/smt/active`);
    return active === "1" ? "on" : `off (${await files.text(`${CPU}/smt/control`)})`;
  });
}

/** `none` on bare metal, else the hypervisor's name as far as the guest can tell. */
async function hypervisor(files: HostFiles, cpuinfo: string): Promise<string> {
  const flags = cpuFlags(cpuinfo);
  if (flags.size === 0) return unavailable("/proc/cpuinfo lists no CPU flags");
  if (!flags.has("hypervisor")) return "none";
  const clocks = await files.text(`${CLOCK}/available_clocksource`).catch(() => "");
  const type = await files.text("/sys/hypervisor/type").catch(() => "");
  const product = await files.text("/sys/class/dmi/id/product_name").catch(() => "");
  return hypervisorName(clocks, type, product);
}

/** A guest's clock sources tell its hypervisor even where DMI is hidden. */
export function hypervisorName(clocksources: string, type: string, product: string): string {
  const known = { "kvm-clock": "KVM", hyperv: "Hyper-V", xen: "Xen" };
  const match = Object.entries(known).find(([clue]) => `${clocksources} ${type}`.includes(clue));
  const name = match?.[1] ?? (type || "unknown hypervisor");
  return product === "" ? name : `${name} (${product})`;
}

async function mitigations(files: HostFiles): Promise<Readonly<Record<string, string>>> {
  const folder = `${CPU}/vulnerabilities`;
  const names = [...(await files.list(folder).catch(() => []))].sort();
  const entries = names.map(
    async (name) => [name, await orUnavailable(() => files.text(`${folder}/${name}`))] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}
