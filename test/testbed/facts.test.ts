import { describe, expect, it } from "vitest";
import {
  cpuFlags,
  cpuModel,
  hostFacts,
  hypervisorName,
  memoryField,
  osName,
  selectedOf,
} from "../../src/testbed/facts.js";
import { isUnavailable } from "../../src/testbed/host_files.js";
import { cpuTopology } from "../../src/testbed/topology.js";
import { filesOf, GUEST, SERVER } from "./files.js";

describe("hostFacts", () => {
  it("reads a server, all governors of its CPUs included", async () => {
    expect(await hostFacts(filesOf(SERVER))).toMatchObject({
      os: "Ubuntu 24.04.1 LTS",
      cpuModel: "Intel(R) Xeon(R) Gold 6326 CPU @ 2.90GHz",
      numaNodes: 2,
      governor: "performance, powersave",
      smt: "on",
      clocksource: "tsc",
      hypervisor: "none",
      hugePages2MiB: 512,
      transparentHugePages: "madvise",
      mitigations: { meltdown: "Not affected", spectre_v2: "Mitigation: Enhanced / Automatic IBRS" },
      kernelCommandLine: "BOOT_IMAGE=/vmlinuz isolcpus=1,3 nohz_full=1,3",
    });
  });

  it("says why a fact is missing", async () => {
    const facts = await hostFacts(filesOf(GUEST));
    expect(facts).toMatchObject({
      hypervisor: "KVM",
      smt: "off (notsupported)",
      numaNodes: 1,
      hugePages2MiB: 0,
      mitigations: {},
    });
    expect(facts.governor).toBe("unavailable: this kernel has no /sys/devices/system/cpu/cpufreq");
    expect(facts.kernelCommandLine).toBe("unavailable: this kernel has no /proc/cmdline");
  });

  it("never fails, even where nothing can be read", async () => {
    const facts = await hostFacts(filesOf({}));
    for (const text of [facts.os, facts.governor, facts.smt, facts.clocksource, facts.hypervisor]) {
      expect(isUnavailable(text), text).toBe(true);
    }
    expect(facts.cpus).toBeGreaterThan(0);
  });

  it("tells the truth about the machine that runs this test", async () => {
    const facts = await hostFacts();
    expect(facts.node).toBe(process.version);
    expect(facts.memoryBytes).toBeGreaterThan(2 ** 27);
    expect(facts.cpus).toBeGreaterThanOrEqual((await cpuTopology()).cpus.length);
    for (const [name, value] of Object.entries(facts)) expect(value, name).not.toBe("");
  });
});

describe("parsers of kernel files", () => {
  it("read what is there and nothing else", () => {
    expect(osName("PRETTY_NAME=Alpine\n")).toBe("Alpine");
    expect(isUnavailable(osName("NAME=x\n"))).toBe(true);
    expect(cpuModel("CPU implementer\t: 0x41\n")).toBeUndefined();
    expect([...cpuFlags("Features\t: fp asimd crc32\n")]).toEqual(["fp", "asimd", "crc32"]);
    expect(cpuFlags("").size).toBe(0);
    expect(selectedOf("[always] madvise never")).toBe("always");
    expect(memoryField("MemAvailable:   1024 kB\n", "MemAvailable")).toBe(1_048_576);
    expect(memoryField("", "MemAvailable")).toBeUndefined();
  });

  it("recognise hypervisors by their clock, type and product", () => {
    expect(hypervisorName("kvm-clock tsc", "", "")).toBe("KVM");
    expect(hypervisorName("tsc hyperv_clocksource_tsc_page", "", "Virtual Machine")).toBe("Hyper-V (Virtual Machine)");
    expect(hypervisorName("tsc", "xen", "")).toBe("Xen");
    expect(hypervisorName("tsc", "", "VMware7,1")).toBe("unknown hypervisor (VMware7,1)");
  });
});

describe("cpuTopology", () => {
  it("knows siblings, nodes, and the CPUs that this process may use", async () => {
    const { cpus } = await cpuTopology(filesOf({ ...SERVER, "/proc/self/status": "Cpus_allowed_list:\t1-2\n" }));
    expect(cpus).toEqual([
      { cpu: 1, siblings: [1, 3], node: 0 },
      { cpu: 2, siblings: [0, 2], node: 1 },
    ]);
  });

  it("takes each CPU for a core where the kernel tells nothing", async () => {
    const { cpus } = await cpuTopology(filesOf({}));
    expect(cpus.length).toBeGreaterThan(0);
    for (const { cpu, siblings, node } of cpus) expect([siblings, node]).toEqual([[cpu], 0]);
  });
});
