/** What a machine can do for a benchmark, and what would make its numbers better. */
import type { HostFacts } from "../results/model.js";
import { formatQuantity } from "../units.js";
import { item, type DoctorItem } from "./doctor_item.js";
import { isUnavailable } from "./host_files.js";
import { probeHost, type Probe } from "./probe.js";

/** The part of the agent protocol's `NativeInfo` that matters here. */
export type NativePresence =
  | { readonly available: true; readonly compiler: string; readonly buildType: string }
  | { readonly available: false; readonly reason: string; readonly hint: string };

export async function diagnose(native: NativePresence): Promise<readonly DoctorItem[]> {
  const probe = await probeHost();
  return [...buildChecklist(probe, native), ...checklist(probe)];
}

/** What it takes to build and run nicbench there. */
export function buildChecklist(probe: Probe, native: NativePresence): readonly DoctorItem[] {
  return [
    nativeItem(native),
    nodeItem(probe.facts.node),
    toolItem("C++ compiler", probe.compiler, "apt install g++"),
    toolItem("cmake", probe.cmake, "apt install cmake"),
    dpdkItem(probe.dpdk),
  ];
}

/** What it is like to measure there. */
export function checklist(probe: Probe): readonly DoctorItem[] {
  const { facts } = probe;
  return [
    cpuCountItem(facts.cpus),
    memoryItem(probe.freeBytes),
    virtualisationItem(facts.hypervisor),
    stealItem(probe.stolen),
    clockItem(facts.clocksource),
    tscItem(probe.invariantTsc),
    governorItem(facts.governor),
    turboItem(probe.turbo),
    smtItem(facts.smt),
    isolationItem(probe),
    interruptsItem(probe),
    hugePagesItem(facts.hugePages2MiB),
    transparentHugePagesItem(facts.transparentHugePages),
    mitigationsItem(facts.mitigations),
    iommuItem(probe.iommuGroups),
    timeSyncItem(probe.timeSync),
    limitsItem(probe),
    commandLineItem(facts.kernelCommandLine),
  ];
}

export function nativeItem(native: NativePresence): DoctorItem {
  const name = "native addon";
  if (!native.available) return item(name, "missing", native.reason, native.hint);
  const found = `${native.compiler}, ${native.buildType}`;
  if (/^release$/i.test(native.buildType)) return item(name, "ok", found);
  return item(name, "warning", found, "Rates of this build say little; build it again with: npm run install");
}

function nodeItem(version: string): DoctorItem {
  const [major = 0, minor = 0] = version.replace("v", "").split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 17)) return item("Node.js", "ok", version);
  return item("Node.js", "missing", version, "Install Node.js 20.17 or newer.");
}

function toolItem(name: string, found: string | undefined, fix: string): DoctorItem {
  if (found !== undefined) return item(name, "ok", found);
  return item(name, "missing", "not found", `Install it to build the native addon: ${fix}`);
}

function dpdkItem(version: string | undefined): DoctorItem {
  if (version !== undefined) return item("DPDK", "ok", `libdpdk ${version}`);
  return item("DPDK", "advice", "not found", "Only the wires and classifiers of DPDK need it: apt install dpdk-dev");
}

function cpuCountItem(cpus: number): DoctorItem {
  if (cpus >= 3) return item("CPUs", "ok", `${cpus}`);
  if (cpus === 2)
    return item("CPUs", "advice", "2", "Generator and DUT take both, so stop all else while you measure.");
  return item("CPUs", "warning", `${cpus}`, "Generator and DUT take turns on it; use a machine with 3 CPUs or more.");
}

function memoryItem(freeBytes: number | undefined): DoctorItem {
  if (freeBytes === undefined) return item("free memory", "advice", "unknown", "Check that some GiB are free.");
  const found = formatQuantity(freeBytes, "bytes");
  if (freeBytes >= 2 * 2 ** 30) return item("free memory", "ok", found);
  return item("free memory", "warning", found, "Large flow tables need some GiB; free memory or sweep fewer flows.");
}

function virtualisationItem(hypervisor: string): DoctorItem {
  if (hypervisor === "none") return item("virtualisation", "ok", "bare metal");
  return item(
    "virtualisation",
    "advice",
    hypervisor,
    "Compare only with runs on the same machine; other guests share its caches.",
  );
}

function stealItem(stolen: number): DoctorItem {
  const found = `${formatQuantity(stolen, "ratio")} of CPU time since boot`;
  if (stolen < 0.001) return item("steal time", "ok", found);
  const status = stolen < 0.02 ? "advice" : "warning";
  return item(
    "steal time",
    status,
    found,
    "The hypervisor gives your CPUs to others; trials that it hits are marked suspect and run again.",
  );
}

function clockItem(clocksource: string): DoctorItem {
  if (clocksource === "tsc" || clocksource === "arch_sys_counter") return item("clock source", "ok", clocksource);
  return item(
    "clock source",
    "warning",
    clocksource,
    "Reading it is slow or coarse; boot with clocksource=tsc if the TSC is invariant.",
  );
}

function tscItem(invariant: boolean | undefined): DoctorItem {
  if (invariant === true) return item("invariant TSC", "ok", "yes");
  if (invariant === undefined)
    return item("invariant TSC", "advice", "unknown", "Cycles are counted with the CPU's own counter; check its rate.");
  return item("invariant TSC", "warning", "no", "Cycles and latencies drift with the clock rate; fix the frequency.");
}

function governorItem(governor: string): DoctorItem {
  if (governor === "performance") return item("CPU governor", "ok", governor);
  if (isUnavailable(governor))
    return item(
      "CPU governor",
      "advice",
      governor,
      "The clock rate cannot be fixed from here; trust intervals, not single trials.",
    );
  return item(
    "CPU governor",
    "warning",
    governor,
    "Rates follow the clock; fix it with: cpupower frequency-set -g performance",
  );
}

function turboItem(turbo: Probe["turbo"]): DoctorItem {
  if (turbo === "off") return item("turbo", "ok", "off");
  const advice =
    turbo === "on"
      ? "Rates depend on heat and on other cores; switch it off in firmware or cpufreq."
      : "Look in the firmware; turbo makes rates depend on heat and on other cores.";
  return item("turbo", "advice", turbo, advice);
}

function smtItem(smt: string): DoctorItem {
  if (smt !== "on") return item("SMT", "ok", smt);
  return item(
    "SMT",
    "advice",
    smt,
    "Roles get cores of their own, but other programs may use their siblings; switch it off with: echo off > /sys/devices/system/cpu/smt/control",
  );
}

function isolationItem({ isolated, nohzFull, facts }: Probe): DoctorItem {
  const callbacks = /\brcu_nocbs=(\S+)/.exec(facts.kernelCommandLine)?.[1] ?? "none";
  const found = `isolcpus ${isolated || "none"}, nohz_full ${nohzFull || "none"}, rcu_nocbs ${callbacks}`;
  if (isolated !== "" && nohzFull !== "") return item("isolated CPUs", "ok", found);
  return item(
    "isolated CPUs",
    "advice",
    found,
    "For quiet tails boot with isolcpus= and nohz_full= and give these CPUs to the roles.",
  );
}

function interruptsItem({ irqBalance, interruptCpus }: Probe): DoctorItem {
  const found = `irqbalance ${irqBalance === "unknown" ? "cannot be seen: /proc shows no process" : irqBalance}`;
  if (irqBalance === "does not run")
    return item("interrupts", "ok", `${found}; those of new devices go to CPU ${interruptCpus}`);
  const advice =
    "It moves interrupts to cores that measure, as they seem quiet: systemctl stop irqbalance, or ban them by IRQBALANCE_BANNED_CPULIST";
  return irqBalance === "runs"
    ? item("interrupts", "warning", found, advice)
    : item("interrupts", "advice", found, "Look whether it runs, since it moves interrupts to cores that measure.");
}

function hugePagesItem(pages: number): DoctorItem {
  if (pages > 0) return item("huge pages", "ok", `${pages} of 2 MiB`);
  return item(
    "huge pages",
    "advice",
    "none of 2 MiB",
    "Tables beyond the cache gain 10-20 %: sysctl vm.nr_hugepages=1024",
  );
}

function transparentHugePagesItem(choice: string): DoctorItem {
  const name = "transparent huge pages";
  if (choice === "madvise") return item(name, "ok", choice);
  const why = choice === "always" ? "Collapsing pages of other programs causes pauses" : "Tables ask for them";
  return item(name, "advice", choice, `${why}: echo madvise > /sys/kernel/mm/transparent_hugepage/enabled`);
}

function mitigationsItem(mitigations: HostFacts["mitigations"]): DoctorItem {
  const texts = Object.values(mitigations);
  const active = texts.filter((text) => text.startsWith("Mitigation")).length;
  const open = texts.filter((text) => text.startsWith("Vulnerable")).length;
  const found = texts.length === 0 ? "unknown" : `${active} active, ${open} open of ${texts.length} known`;
  if (texts.length > 0 && active === 0) return item("mitigations", "ok", found);
  return item(
    "mitigations",
    "advice",
    found,
    "They slow system calls more than the data path; compare only hosts with the same ones.",
  );
}

function iommuItem(groups: number): DoctorItem {
  if (groups > 0) return item("IOMMU", "ok", `on, ${groups} groups of devices`);
  return item(
    "IOMMU",
    "advice",
    "off",
    "Only DPDK needs it, to open a NIC by vfio-pci: boot with intel_iommu=on iommu=pt",
  );
}

function timeSyncItem(sync: Probe["timeSync"]): DoctorItem {
  if (sync === "yes") return item("time sync", "ok", "by NTP");
  const found = sync === "no" ? "none" : "unknown: timedatectl does not tell";
  return item(
    "time sync",
    "advice",
    found,
    "Logs of several hosts fit together only if their clocks do; run an NTP client.",
  );
}

function commandLineItem(text: string): DoctorItem {
  const name = "kernel command line";
  if (isUnavailable(text)) return item(name, "advice", text, "Note by hand what the machine was booted with.");
  return item(name, "ok", text);
}

/** A socket for each port and thread; what AF_XDP shares with the kernel was counted as locked before Linux 5.11. */
function limitsItem({ openFiles, lockedBytes }: Probe): DoctorItem {
  const locked = lockedBytes === undefined ? "no limit" : formatQuantity(lockedBytes, "bytes");
  const found = `${openFiles ?? "any number of"} open files, locked memory ${locked}`;
  if (openFiles === undefined || openFiles >= 1024) return item("limits", "ok", found);
  return item("limits", "warning", found, "Allow more in /etc/security/limits.conf: nofile 4096");
}
