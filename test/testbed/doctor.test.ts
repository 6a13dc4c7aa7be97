import { describe, expect, it } from "vitest";
import { buildChecklist, checklist, diagnose, type NativePresence } from "../../src/testbed/doctor.js";
import type { DoctorItem } from "../../src/testbed/doctor_item.js";
import { probeHost } from "../../src/testbed/probe.js";
import { filesOf, GUEST, SERVER } from "./files.js";

const BUILT: NativePresence = { available: true, compiler: "gcc 12.2.0", buildType: "Release" };
const TUNED = { ...SERVER, "/sys/devices/system/cpu/cpufreq/policy1/scaling_governor": "performance\n" };

async function items(
  files: Readonly<Record<string, string>>,
  native = BUILT,
): Promise<ReadonlyMap<string, DoctorItem>> {
  const probe = await probeHost([], filesOf(files));
  return new Map([...buildChecklist(probe, native), ...checklist(probe)].map((item) => [item.name, item]));
}

const IRQ_DEFAULT = "/proc/irq/default_smp_affinity";

const statusesOf = (found: ReadonlyMap<string, DoctorItem>, names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, found.get(name)?.status]));

describe("the doctor", () => {
  it("finds a tuned server well", async () => {
    const tuned = [
      "native addon",
      "virtualisation",
      "steal time",
      "clock source",
      "invariant TSC",
      "CPU governor",
      "turbo",
      "isolated CPUs",
      "huge pages",
      "transparent huge pages",
      "free memory",
    ];
    expect(statusesOf(await items(TUNED), tuned)).toEqual(Object.fromEntries(tuned.map((name) => [name, "ok"])));
  });

  it("warns of what spoils numbers", async () => {
    const server = await items(SERVER);
    expect(server.get("CPU governor")).toMatchObject({
      status: "warning",
      found: "performance, powersave",
      advice: expect.stringContaining("cpupower frequency-set -g performance"),
    });
    expect(server.get("SMT")?.status).toBe("advice");
    expect(server.get("mitigations")).toMatchObject({ status: "advice", found: "1 active, 1 open of 3 known" });
    const names = [
      "virtualisation",
      "steal time",
      "clock source",
      "invariant TSC",
      "huge pages",
      "transparent huge pages",
      "isolated CPUs",
    ];
    expect(statusesOf(await items(GUEST), names)).toEqual({
      virtualisation: "advice",
      "steal time": "warning",
      "clock source": "warning",
      "invariant TSC": "warning",
      "huge pages": "advice",
      "transparent huge pages": "advice",
      "isolated CPUs": "advice",
    });
  });

  it("knows who moves interrupts, and where those of new devices go", async () => {
    const { [IRQ_DEFAULT]: _mask, ...quiet } = SERVER;
    const balanced = { ...SERVER, "/proc/812/comm": "irqbalance\n" };
    expect((await items(SERVER)).get("interrupts")).toMatchObject({
      status: "ok",
      found: "irqbalance does not run; those of new devices go to CPU 0,2,35",
    });
    expect((await items(balanced)).get("interrupts")).toMatchObject({
      status: "warning",
      advice: expect.stringContaining("systemctl stop irqbalance"),
    });
    expect((await items(quiet)).get("interrupts")?.found).toContain("unavailable: this kernel has no");
    expect((await items({})).get("interrupts")).toMatchObject({
      status: "advice",
      found: "irqbalance cannot be seen: /proc shows no process",
    });
  });

  it("says how to get a missing addon, and distrusts one that is not a release build", async () => {
    const missing = { available: false, reason: "not built", hint: "Run npm run install" } as const;
    expect((await items(TUNED, missing)).get("native addon")).toMatchObject({
      status: "missing",
      found: "not built",
      advice: "Run npm run install",
    });
    expect((await items(TUNED, { ...BUILT, buildType: "Debug" })).get("native addon")?.status).toBe("warning");
  });

  it("checks memory, CPUs and tools by number and presence", async () => {
    const probe = await probeHost([], filesOf(TUNED));
    const statusOf = (change: Partial<typeof probe>, name: string) =>
      [...buildChecklist({ ...probe, ...change }, BUILT), ...checklist({ ...probe, ...change })].find(
        (item) => item.name === name,
      )?.status;
    expect(statusOf({ freeBytes: 2 ** 30 }, "free memory")).toBe("warning");
    expect(statusOf({ facts: { ...probe.facts, cpus: 1 } }, "CPUs")).toBe("warning");
    expect(statusOf({ facts: { ...probe.facts, cpus: 2 } }, "CPUs")).toBe("advice");
    expect(statusOf({ facts: { ...probe.facts, cpus: 64 } }, "CPUs")).toBe("ok");
    expect(statusOf({ facts: { ...probe.facts, node: "v20.16.0" } }, "Node.js")).toBe("missing");
    expect(statusOf({ facts: { ...probe.facts, node: "v24.0.0" } }, "Node.js")).toBe("ok");
    expect(statusOf({ compiler: undefined }, "C++ compiler")).toBe("missing");
    expect(statusOf({ compiler: "g++ 12" }, "C++ compiler")).toBe("ok");
    expect(statusOf({ cmake: undefined }, "cmake")).toBe("missing");
    expect(statusOf({ dpdk: undefined }, "DPDK")).toBe("advice");
    expect(statusOf({ turbo: "on" }, "turbo")).toBe("advice");
  });

  it("has advice of one sentence for all that is not well on this machine", async () => {
    const found = await diagnose(BUILT);
    expect(new Set(found.map(({ name }) => name)).size).toBe(found.length);
    for (const { name, status, found: what, advice } of found) {
      expect(what, name).not.toBe("");
      expect(advice === "", name).toBe(status === "ok");
      expect(advice, name).not.toMatch(/[.!?] [A-Z]/);
    }
  });
});
