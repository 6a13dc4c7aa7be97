import { describe, expect, it } from "vitest";
import { loadTestbed } from "../../src/testbed/load.js";
import { probePort } from "../../src/testbed/port_probe.js";
import { lackOf, needsOf, PRIVILEGES, type Need } from "../../src/testbed/privileges.js";
import { probeHost } from "../../src/testbed/probe.js";
import { packageRoot } from "../../src/package.js";
import { filesOf, GUEST, SERVER } from "./files.js";
import type { PortSpec, Testbed } from "../../src/testbed/model.js";

async function bed(name: string): Promise<Testbed> {
  return loadTestbed(`${packageRoot}testbeds/${name}`);
}

const namesOf = (needs: readonly Need[]) => needs.map(({ privilege }) => privilege);

describe("privileges of a testbed", () => {
  it("are none where roles are joined in memory", async () => {
    expect(needsOf("here", await bed("local.yaml"))).toEqual([]);
    for (const name of ["memif.yaml", "shared_memory.yaml"]) {
      const memif = await bed(name);
      expect(Object.keys(memif.hosts).flatMap((host) => needsOf(host, memif))).toEqual([]);
    }
  });

  it("are those of hosts and of the wires of their ports", async () => {
    expect(namesOf(needsOf("gen", await bed("netns.yaml")))).toEqual(["namespaces", "raw-sockets"]);
    expect(namesOf(needsOf("server0", await bed("lab-100g.example.yaml")))).toEqual(["sudo", "xdp"]);
  });

  it("of a NIC that DPDK drives are huge pages and a driver that gives it away", async () => {
    const port: PortSpec = { io: "dpdk", device: "0000:17:00.0" };
    const spec = { kind: "ssh", alias: "a", sudo: false } as const;
    const lab: Testbed = {
      ...(await bed("local.yaml")),
      hosts: { a: spec },
      roles: { dut: { host: "a", ports: [port], cores: "auto" } },
    };
    const needs = needsOf("a", lab);
    expect(namesOf(needs)).toEqual(["huge-pages", "vfio"]);
    const lacks = async (machine: typeof SERVER, driver: string) => {
      const files = filesOf({ ...machine, "/sys/bus/pci/devices/0000:17:00.0/driver": driver });
      const ports = [await probePort(port, files, { output: async () => undefined })];
      const probe = { ...(await probeHost([], files)), ports };
      return needs.map((need) => lackOf(need, { wires: [], probe }));
    };
    expect(await lacks(SERVER, "vfio-pci")).toEqual([undefined, undefined]);
    expect(await lacks(GUEST, "ixgbe")).toEqual(["there are none of 2 MiB", "ixgbe has it"]);
  });

  it("of wires are there if the host's addon says so", async () => {
    const [, raw] = needsOf("gen", await bed("netns.yaml"));
    if (raw === undefined) throw new Error("there is a port");
    const probe = await probeHost([], filesOf(SERVER));
    const lacks = "privilege (CAP_NET_RAW): run as root";
    expect(lackOf(raw, { wires: [{ name: "af_packet-v2", lacks }], probe })).toBe(lacks);
    expect(lackOf(raw, { wires: [{ name: "af_packet-v2" }], probe })).toBeUndefined();
  });

  it("are each told with why, and with one sentence of how to give them", () => {
    for (const [name, { what, why, grant }] of Object.entries(PRIVILEGES)) {
      expect(`${what} ${why}`, name).toMatch(/\w+ \w+/);
      expect(grant, name).not.toMatch(/[.!?] [A-Z]/);
    }
  });
});
