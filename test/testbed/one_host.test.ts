import { describe, expect, it } from "vitest";
import { onOneHost } from "../../src/testbed/one_host.js";
import type { HostSpec, RoleSpec, Testbed } from "../../src/testbed/model.js";

const NETNS: HostSpec = { kind: "netns" };
const ssh = (alias: string): HostSpec => ({ kind: "ssh", alias, sudo: false });
const role = (host: string, cores: RoleSpec["cores"], io = "af_xdp"): RoleSpec => ({ host, ports: [{ io }], cores });

function bed(hosts: Testbed["hosts"], roles: Testbed["roles"]): Testbed {
  return { name: "bed", file: "bed.yaml", hosts, roles, resolved: {} };
}

const rolesOf = (testbed: Testbed) => onOneHost(["generator", "dut"], testbed)?.roles;

describe("roles of one process", () => {
  it("stay where a ring joins them already", () => {
    const testbed = bed({ h: NETNS }, { generator: role("h", [1], "ring"), dut: role("h", [2], "ring") });
    expect(rolesOf(testbed)).toBeUndefined();
  });

  it("are all on the DUT's host, with the CPUs that they have on this machine", () => {
    const testbed = bed({ a: NETNS, b: NETNS }, { generator: role("a", [1]), dut: role("b", [2]) });
    expect(rolesOf(testbed)).toEqual({ generator: role("b", [1], "ring"), dut: role("b", [2], "ring") });
  });

  it("leave the CPUs of another machine, and roles that nobody plays", () => {
    const testbed = bed(
      { a: ssh("a"), b: ssh("b") },
      { generator: role("a", [2, 3]), dut: role("b", [4]), observer: role("a", [5]) },
    );
    expect(rolesOf(testbed)).toEqual({ generator: role("b", "auto", "ring"), dut: role("b", [4], "ring") });
  });

  it("keep the ports of the DUT's host, and no others, where they are used", () => {
    const testbed = bed(
      { a: NETNS, b: NETNS, c: ssh("c") },
      { generator: role("a", [1]), dut: role("b", [2], "dpdk") },
    );
    const kept = (each: Testbed) => onOneHost(["generator", "dut"], each, true)?.roles;
    expect(kept(testbed)).toEqual({ generator: role("b", [1]), dut: role("b", [2], "dpdk") });
    const apart = bed(testbed.hosts, { ...testbed.roles, generator: role("c", [1]) });
    expect(kept(apart)).toEqual({ generator: role("b", "auto", "ring"), dut: role("b", [2], "dpdk") });
  });
});
