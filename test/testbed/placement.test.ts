import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.js";
import { loadTestbed } from "../../src/testbed/load.js";
import type { CpuTopology, RoleSpec, Testbed } from "../../src/testbed/model.js";
import { placeRoles, type Placement } from "../../src/testbed/placement.js";
import { cpuTopology } from "../../src/testbed/topology.js";

/** CPUs as groups of SMT siblings, by memory node. */
function topology(...nodes: readonly (readonly (readonly number[])[])[]): CpuTopology {
  const cpus = nodes.flatMap((cores, node) =>
    cores.flatMap((siblings) => siblings.map((cpu) => ({ cpu, siblings, node }))),
  );
  return { cpus: [...cpus].sort((a, b) => a.cpu - b.cpu) };
}

function testbed(cores: Readonly<Record<string, RoleSpec["cores"]>>): Testbed {
  const roles = Object.entries(cores).map(
    ([role, list]) => [role, { host: "h", ports: [{ io: "ring" }], cores: list }] as const,
  );
  return { name: "t", file: "t.yaml", hosts: { h: { kind: "local" } }, roles: Object.fromEntries(roles), resolved: {} };
}

const AUTO = { generator: "auto", dut: "auto" } as const;

function place(cores: Readonly<Record<string, RoleSpec["cores"]>>, cpus: CpuTopology): Placement {
  return placeRoles(testbed(cores), { h: cpus });
}

const cpusOf = ({ roles }: Placement) => ({ dut: roles["dut"]?.cpus, generator: roles["generator"]?.cpus });

describe("placeRoles with cores: auto", () => {
  it.each([
    ["2 CPUs: the DUT leaves CPU 0 to the generator", topology([[0], [1]]), 1, 0],
    ["3 CPUs: none on CPU 0", topology([[0], [1], [2]]), 1, 2],
    [
      "4 CPUs of 2 cores: cores of their own, though one holds CPU 0",
      topology([
        [0, 1],
        [2, 3],
      ]),
      2,
      0,
    ],
    [
      "8 CPUs of 4 cores: neither CPU 0 nor its sibling nor siblings of one another",
      topology([
        [0, 4],
        [1, 5],
        [2, 6],
        [3, 7],
      ]),
      1,
      2,
    ],
    ["2 nodes: both on one node that has room", topology([[0], [1]], [[2], [3]]), 2, 3],
    ["2 large nodes: both on the first", topology([[0], [1], [2], [3]], [[4], [5], [6], [7]]), 1, 2],
    ["a cpuset without CPU 0", topology([[5], [6], [7]]), 5, 6],
  ])("%s", (_name, cpus, dut, generator) => {
    const placement = place(AUTO, cpus);
    expect(cpusOf(placement)).toEqual({ dut: [dut], generator: [generator] });
    expect(placement.warnings).toEqual([]);
  });

  it("warns when two roles must share a core", () => {
    const placement = place(AUTO, topology([[0, 1]]));
    expect(cpusOf(placement)).toEqual({ dut: [0], generator: [1] });
    expect(placement.warnings).toEqual([expect.stringContaining("SMT siblings of one core")]);
  });

  it("pins nothing on a single CPU, and says what that means", () => {
    const placement = place(AUTO, topology([[0]]));
    expect(cpusOf(placement)).toEqual({ dut: [], generator: [] });
    expect(placement.warnings).toEqual([expect.stringContaining("has 1 usable CPU, too few")]);
  });

  it("keeps clear of the CPUs that other roles are given, and of their siblings", () => {
    const placement = place(
      { generator: [1], dut: "auto" },
      topology([
        [0, 4],
        [1, 5],
        [2, 6],
        [3, 7],
      ]),
    );
    expect(cpusOf(placement)).toEqual({ dut: [2], generator: [1] });
  });

  it("never gives one CPU to two roles, whatever the machine", () => {
    for (let cores = 1; cores <= 6; cores += 1) {
      for (const threads of [1, 2, 4]) {
        for (const roles of [1, 2, 3, 4]) {
          const siblings = Array.from({ length: cores }, (_, core) =>
            Array.from({ length: threads }, (_, i) => core + i * cores),
          );
          const names = ["generator", "dut", "sink", "source"].slice(0, roles);
          const { roles: placed } = place(Object.fromEntries(names.map((name) => [name, "auto"])), topology(siblings));
          const used = Object.values(placed).flatMap(({ cpus }) => cpus);
          expect(new Set(used).size).toBe(used.length);
          expect(used.length).toBe(cores * threads >= roles ? roles : 0);
          if (cores > roles) expect(used).not.toContain(0);
        }
      }
    }
  });
});

describe("placeRoles with listed cores", () => {
  it("takes them as they are, in order of use", () => {
    const { roles } = place({ generator: [3], dut: [2, 1] }, topology([[0], [1], [2], [3]]));
    expect(roles).toEqual({
      generator: { host: "h", io: "ring", cpus: [3] },
      dut: { host: "h", io: "ring", cpus: [2, 1] },
    });
  });

  it("gives two local hosts CPUs of their own, since they are one machine", () => {
    const port = (device: string) => [{ io: "socket", device }] as const;
    const roles = {
      generator: { host: "one", ports: port("n0"), cores: "auto" },
      dut: { host: "two", ports: port("n1"), cores: "auto" },
    } as const;
    const hosts = { one: { kind: "local" }, two: { kind: "local" } } as const;
    const cpus = topology([[0], [1], [2]]);
    const placement = placeRoles({ ...testbed({}), hosts, roles }, { one: cpus, two: cpus });
    expect(placement.roles).toMatchObject({
      generator: { host: "one", io: "socket", device: "n0", cpus: [2] },
      dut: { host: "two", io: "socket", device: "n1", cpus: [1] },
    });
  });

  it("gives network namespaces the CPUs of this machine, and waits for what a remote host says of its own", () => {
    const port = [{ io: "socket", device: "n0" }] as const;
    const roles = {
      generator: { host: "near", ports: port, cores: "auto" },
      dut: { host: "far", ports: port, cores: [7] },
    } as const;
    const far = { kind: "ssh", alias: "far", sudo: false } as const;
    const bed = { ...testbed({}), hosts: { near: { kind: "netns" }, far }, roles } as const;
    const { roles: placed, warnings } = placeRoles(bed, { near: topology([[0], [1]]) });
    expect(placed).toMatchObject({ generator: { cpus: [1] }, dut: { host: "far", device: "n0", cpus: [7] } });
    expect(warnings).toEqual([]);
  });

  it("keeps the CPUs that no automatic role has for points that ask for more, best first", () => {
    const { roles } = place({ generator: "auto", dut: "auto" }, topology([[0], [1], [2, 6], [3, 7]]));
    expect(roles["dut"]).toMatchObject({ cpus: [1], spare: [3, 0, 6, 7] });
    expect(roles["generator"]).toMatchObject({ cpus: [2], spare: [3, 0, 6, 7] });
    expect(place({ generator: "auto", dut: "auto" }, topology([[0]])).roles["dut"]).not.toHaveProperty("spare");
  });

  it("refuses CPUs that the host does not have or may not use", () => {
    const attempt = () => place({ generator: [0], dut: [1, 7, 8] }, topology([[0], [1]]));
    expect(attempt).toThrow(UserError);
    expect(attempt).toThrow("Role 'dut' asks for CPU 7-8, which host 'h' does not have or may not use.");
  });
});

describe("the local testbed", () => {
  it("can be placed on the machine that runs this test", async () => {
    const local = await loadTestbed();
    const here = await cpuTopology();
    expect(here.cpus.length).toBeGreaterThan(0);
    const { roles } = placeRoles(local, { here });
    const used = Object.values(roles).flatMap(({ cpus }) => cpus);
    expect(new Set(used).size).toBe(used.length);
  });
});
