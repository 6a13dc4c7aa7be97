/** The /proc and /sys of made-up machines. */
import type { HostFiles } from "../../src/testbed/host_files.js";

/** Files by path; folders list what lies below them. Everything else is absent, as on a real system. */
export function filesOf(files: Readonly<Record<string, string>>): HostFiles {
  const absent = (path: string): Error => Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT", path });
  return {
    text: (path) => {
      const text = files[path];
      return text === undefined ? Promise.reject(absent(path)) : Promise.resolve(text.trim());
    },
    target: (path) => {
      const target = files[path];
      return target === undefined ? Promise.reject(absent(path)) : Promise.resolve(target);
    },
    list: (path) => {
      const below = Object.keys(files).filter((file) => file.startsWith(`${path}/`));
      const names = new Set(below.map((file) => file.slice(path.length + 1).split("/")[0] ?? ""));
      return names.size === 0 ? Promise.reject(absent(path)) : Promise.resolve([...names]);
    },
  };
}

const CPU = "/sys/devices/system/cpu";

/** A bare-metal server with two cores, SMT on, tuned except for one governor. */
export const SERVER: Readonly<Record<string, string>> = {
  "/proc/cpuinfo": [
    "processor\t: 0",
    "model name\t: Intel(R) Xeon(R) Gold 6326 CPU @ 2.90GHz",
    "flags\t\t: fpu tsc constant_tsc nonstop_tsc sse4_2 avx2",
    "",
    "processor\t: 1",
    "model name\t: Intel(R) Xeon(R) Gold 6326 CPU @ 2.90GHz",
    "flags\t\t: fpu tsc constant_tsc nonstop_tsc sse4_2 avx2",
  ].join("\n"),
  "/etc/os-release": 'NAME="Ubuntu"\nPRETTY_NAME="Ubuntu 24.04.1 LTS"\nID=ubuntu\n',
  "/proc/cmdline": "BOOT_IMAGE=/vmlinuz isolcpus=1,3 nohz_full=1,3\n",
  "/proc/meminfo": "MemTotal:       65536000 kB\nMemAvailable:   60000000 kB\n",
  "/proc/self/status": "Name:\tnode\nCpus_allowed:\tf\nCpus_allowed_list:\t0-3\nMems_allowed_list:\t0\n",
  "/proc/irq/default_smp_affinity": "8,00000005\n",
  "/proc/1/comm": "systemd\n",
  "/proc/stat": "cpu  10 0 10 80 0 0 0 0 0 0\ncpu0 5 0 5 40 0 0 0 0 0 0\ncpu1 5 0 5 40 0 0 0 0 0 0\nintr 1 2 3\n",
  "/sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc\n",
  "/sys/devices/system/clocksource/clocksource0/available_clocksource": "tsc hpet acpi_pm\n",
  "/sys/devices/system/node/node0/cpulist": "0-1\n",
  "/sys/devices/system/node/node1/cpulist": "2-3\n",
  "/sys/devices/system/node/possible": "0-1\n",
  "/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages": "512\n",
  "/sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never\n",
  [`${CPU}/smt/active`]: "1\n",
  [`${CPU}/smt/control`]: "on\n",
  [`${CPU}/cpufreq/policy0/scaling_governor`]: "performance\n",
  [`${CPU}/cpufreq/policy1/scaling_governor`]: "powersave\n",
  [`${CPU}/intel_pstate/no_turbo`]: "1\n",
  [`${CPU}/isolated`]: "1,3\n",
  [`${CPU}/nohz_full`]: "1,3\n",
  [`${CPU}/cpu0/topology/thread_siblings_list`]: "0,2\n",
  [`${CPU}/cpu1/topology/thread_siblings_list`]: "1,3\n",
  [`${CPU}/cpu2/topology/thread_siblings_list`]: "0,2\n",
  [`${CPU}/cpu3/topology/thread_siblings_list`]: "1,3\n",
  [`${CPU}/vulnerabilities/meltdown`]: "Not affected\n",
  [`${CPU}/vulnerabilities/spectre_v2`]: "Mitigation: Enhanced / Automatic IBRS\n",
  [`${CPU}/vulnerabilities/mmio_stale_data`]: "Vulnerable: Clear CPU buffers attempted, no microcode\n",
};

/** A small virtual machine that tells little. */
export const GUEST: Readonly<Record<string, string>> = {
  "/proc/cpuinfo": "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu tsc constant_tsc hypervisor\n",
  "/proc/stat": "cpu  10 0 10 70 0 0 0 10 0 0\ncpu0 10 0 10 70 0 0 0 10 0 0\n",
  "/sys/devices/system/clocksource/clocksource0/current_clocksource": "kvm-clock\n",
  "/sys/devices/system/clocksource/clocksource0/available_clocksource": "kvm-clock tsc\n",
  "/sys/kernel/mm/transparent_hugepage/enabled": "always madvise [never]\n",
  [`${CPU}/smt/active`]: "0\n",
  [`${CPU}/smt/control`]: "notsupported\n",
};
