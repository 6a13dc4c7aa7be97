import { describe, expect, it } from "vitest";
import { changesOf, conditionsOf, type HostState } from "../../src/testbed/conditions.js";
import { probeHost } from "../../src/testbed/probe.js";
import { filesOf, SERVER } from "./files.js";

const ETH = "/sys/class/net/ens1";
const FILES = { ...SERVER, [`${ETH}/mtu`]: "1500\n", [`${ETH}/device/numa_node`]: "0\n" };
const noTools = { output: async () => undefined };

async function state(files: Readonly<Record<string, string>> = FILES): Promise<HostState> {
  const probe = await probeHost([{ io: "af_xdp", device: "ens1" }], filesOf(files), noTools);
  return { facts: probe.facts, conditions: conditionsOf(probe) };
}

describe("the conditions of a host", () => {
  it("are what the doctor looks at, ports by their names, without facts and without what is never twice the same", async () => {
    const { conditions } = await state();
    expect(conditions).toMatchObject({
      turbo: "off",
      isolated: "1,3",
      irqBalance: "does not run",
      "ports.ens1.mtu": "1500",
      "ports.ens1.pause": expect.stringContaining("ethtool is not installed"),
    });
    for (const name of ["governor", "stolen", "freeBytes"]) expect(Object.keys(conditions)).not.toContain(name);
  });

  it("have changed where facts or conditions tell something else than before", async () => {
    const governor = "/sys/devices/system/cpu/cpufreq/policy1/scaling_governor";
    const after = await state({ ...FILES, [governor]: "performance\n", [`${ETH}/mtu`]: "9000\n" });
    expect(changesOf("dut", await state(), after)).toEqual([
      { host: "dut", name: "governor", before: "performance, powersave", after: "performance" },
      { host: "dut", name: "ports.ens1.mtu", before: "1500", after: "9000" },
    ]);
    expect(changesOf("dut", after, after)).toEqual([]);
  });

  it("that only one of the two states tells are not held against each other", async () => {
    const before = await state();
    expect(changesOf("dut", { ...before, conditions: {} }, before)).toEqual([]);
    expect(changesOf("dut", before, { ...before, conditions: {} })).toEqual([]);
  });
});
