import { describe, expect, it } from "vitest";
import { hostDifferences, type ProbedHost } from "../../src/testbed/host_differences.js";
import { probePort } from "../../src/testbed/port_probe.js";
import { probeHost, type Probe } from "../../src/testbed/probe.js";
import { filesOf, SERVER } from "./files.js";

async function host(name: string, change: Partial<Probe["facts"]> = {}, mtu = "1500", ahead = 0): Promise<ProbedHost> {
  const files = filesOf({ ...SERVER, "/sys/class/net/eth1/mtu": mtu });
  const port = await probePort({ io: "af_xdp", device: "eth1" }, files, { output: async () => undefined });
  const probe = await probeHost([], files);
  return {
    name,
    probe: { ...probe, facts: { ...probe.facts, ...change }, ports: [port] },
    clock: { seconds: ahead, within: 0.001 },
  };
}

const differing = async (...hosts: readonly Promise<ProbedHost>[]) =>
  hostDifferences(await Promise.all(hosts)).filter(({ status }) => status !== "ok");

describe("between hosts", () => {
  it("nothing is said of one host, nor of two that are alike", async () => {
    expect(hostDifferences([await host("gen")])).toEqual([]);
    expect(await differing(host("gen"), host("dut"))).toEqual([]);
  });

  it("an MTU that one end only has is warned of", async () => {
    expect(await differing(host("gen"), host("dut", {}, "9000"))).toEqual([
      expect.objectContaining({ name: "MTU", status: "warning", found: "gen eth1: 1500, dut eth1: 9000" }),
    ]);
  });

  it("clocks and kernels that differ are told, with by how much", async () => {
    const found = await differing(host("gen"), host("dut", { kernel: "5.15.0" }, "1500", 3));
    expect(found).toEqual([
      expect.objectContaining({ name: "clocks", status: "advice", found: "3 s apart, within 2 ms" }),
      expect.objectContaining({ name: "kernel", found: expect.stringContaining("dut: 5.15.0") }),
    ]);
  });
});
