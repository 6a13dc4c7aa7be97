import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.js";
import { loadTestbed, restoreTestbed, type Testbed } from "../../src/testbed/load.js";
import { linksOf } from "../../src/testbed/netns/links.js";
import { testbedJsonSchema } from "../../src/testbed/schema.js";

const folder = mkdtempSync(join(tmpdir(), "nicbench-testbed-"));

function load(body: string): Promise<Testbed> {
  const file = join(folder, "bed.yaml");
  writeFileSync(file, `nicbench: 1\nname: bed\n${body}`);
  return loadTestbed(file);
}

async function refusal(body: string): Promise<UserError> {
  const error: unknown = await load(body).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error(`expected a UserError, got ${String(error)}`);
  return new UserError(error.code, error.message.replaceAll(`${folder}/`, ""), error.hint);
}

describe("loadTestbed", () => {
  it("brings this machine without a file", async () => {
    const testbed = await loadTestbed();
    expect(testbed.name).toBe("local");
    expect(testbed.file).toMatch(/testbeds\/local\.yaml$/);
    expect(Object.values(testbed.hosts)).toEqual([{ kind: "local" }]);
    expect(Object.keys(testbed.roles).sort()).toEqual(["dut", "generator"]);
    for (const role of Object.values(testbed.roles))
      expect(role).toMatchObject({ ports: [{ io: "ring" }], cores: "auto" });
  });

  it("reads CPU lists of all kinds", async () => {
    const { roles } = await load(
      "hosts: { h: { kind: local } }\nroles:\n" +
        "  a: { host: h, ports: [{ io: ring }], cores: '2-4,9' }\n" +
        "  b: { host: h, ports: [{ io: ring }], cores: [5, 6] }\n" +
        "  c: { host: h, ports: [{ io: ring }], cores: 7 }\n" +
        "  d: { host: h, ports: [{ io: ring }] }\n",
    );
    expect(Object.values(roles).map(({ cores }) => cores)).toEqual([[2, 3, 4, 9], [5, 6], [7], "auto"]);
  });

  it.each([
    [
      "an unknown key",
      "hosts: { h: { kind: locl } }\nroles: {}\n",
      "bed.yaml:3:21: hosts.h.kind: 'locl' is not one of local, netns; did you mean 'local'?",
    ],
    [
      "an unknown host",
      "hosts: { here: { kind: local } }\nroles: { dut: { host: her, ports: [{ io: ring }] } }\n",
      "bed.yaml:4:23: roles.dut.host: 'her' is no host; did you mean 'here'? there are: here",
    ],
    [
      "no ports",
      "hosts: { h: { kind: local } }\nroles: { dut: { host: h, ports: [] } }\n",
      "bed.yaml:4:33: roles.dut.ports: needs at least 1 value",
    ],
    [
      "an unknown wire",
      "hosts: { h: { kind: local } }\nroles: { dut: { host: h, ports: [{ io: rign }] } }\n",
      "bed.yaml:4:40: roles.dut.ports[0].io: 'rign' is not one of ring, socket, socket-mmsg, libpcap, af_packet, af_packet-v2, af_xdp, memif, dpdk, kernel; did you mean 'ring'?",
    ],
    [
      "a port without its interface",
      "hosts: { h: { kind: local } }\nroles: { dut: { host: h, ports: [{ io: af_xdp }] } }\n",
      "bed.yaml:4:34: roles.dut.ports[0]: needs interface to say which port it is",
    ],
    [
      "two ways to say which port it is",
      "hosts: { h: { kind: local } }\nroles: { dut: { host: h, ports: [{ io: dpdk, pci: '17:00.0', device: net_null0 }] } }\n",
      "bed.yaml:4:34: roles.dut.ports[0]: needs pci or device to say which port it is",
    ],
    [
      "an address where there is an interface",
      "hosts: { h: { kind: local } }\nroles: { dut: { host: h, ports: [{ io: socket, interface: eth0, pci: '17:00.0' }] } }\n",
      "roles.dut.ports[0].pci: has no effect on io: socket; write interface",
    ],
    [
      "what is no PCI address",
      "hosts: { h: { kind: local } }\nroles: { dut: { host: h, ports: [{ io: dpdk, pci: eth0 }] } }\n",
      "roles.dut.ports[0].pci: 'eth0' is no PCI address; write one as lspci -D does, such as 0000:17:00.0",
    ],
    [
      "a ring with one end",
      "hosts: { h: { kind: local } }\nroles:\n  a: { host: h, ports: [{ io: ring }] }\n  b: { host: h, ports: [{ io: socket, interface: eth0 }] }\n",
      "bed.yaml:6:31: roles.b.ports[0].io: joins nothing: 'a' is on a ring of host 'h', and a ring has both ends on one host",
    ],
    [
      "a ring between two hosts",
      "hosts: { h: { kind: local }, i: { kind: local } }\nroles:\n  a: { host: h, ports: [{ io: ring }] }\n  b: { host: i, ports: [{ io: ring }] }\n",
      "bed.yaml:6:31: roles.b.ports[0].io: joins nothing: 'a' is on a ring of host 'h'",
    ],
    [
      "one CPU of this machine for two of its hosts",
      "hosts: { h: { kind: local }, i: { kind: local } }\nroles:\n  a: { host: h, ports: [{ io: socket, interface: n0 }], cores: 1 }\n  b: { host: i, ports: [{ io: socket, interface: n1 }], cores: 1 }\n",
      "bed.yaml:6:64: roles.b.cores: CPU 1 is already given to 'a'",
    ],
    [
      "a wrong CPU list",
      "hosts: { h: { kind: local } }\nroles: { dut: { host: h, ports: [{ io: ring }], cores: 9-2 } }\n",
      "bed.yaml:4:56: roles.dut.cores: '9-2' is not a CPU list; write auto or numbers such as 2-9,12",
    ],
    [
      "one CPU for two roles",
      "hosts: { h: { kind: local } }\nroles:\n  a: { host: h, ports: [{ io: ring }], cores: 2-4 }\n  b: { host: h, ports: [{ io: ring }], cores: 4-5 }\n",
      "bed.yaml:6:47: roles.b.cores: CPU 4 is already given to 'a'",
    ],
  ])("refuses %s at its place", async (_name, body, message) => {
    const error = await refusal(body);
    expect(error.code).toBe("TESTBED_INVALID");
    expect(error.message).toContain(message);
  });

  it("reads ports of hosts", async () => {
    const { roles } = await load(
      "hosts: { h: { kind: local }, i: { kind: local } }\nroles:\n" +
        "  a: { host: h, ports: [{ io: af_xdp, interface: eth0 }] }\n" +
        "  b: { host: i, ports: [{ io: dpdk, pci: '0000:17:00.0' }] }\n" +
        "  c: { host: i, ports: [{ io: dpdk, device: 'net_memif0,role=server' }] }\n" +
        "  d: { host: i, ports: [{ io: memif, device: 'role=client,socket=lab', queues: 2 }] }\n",
    );
    expect(Object.values(roles).map(({ ports }) => ports)).toEqual([
      [{ io: "af_xdp", device: "eth0" }],
      [{ io: "dpdk", device: "0000:17:00.0" }],
      [{ io: "dpdk", device: "net_memif0,role=server" }],
      [{ io: "memif", device: "role=client,socket=lab", queues: 2 }],
    ]);
  });

  it("reads hosts that are reached by SSH", async () => {
    const { hosts } = await load(
      "hosts: { s: { ssh: lab, sudo: true }, t: { ssh: me@lab-2, install: /opt/nicbench } }\nroles: {}\nnic: { link: 100Gbps }\n",
    );
    expect(hosts).toEqual({
      s: { kind: "ssh", alias: "lab", sudo: true },
      t: { kind: "ssh", alias: "me@lab-2", sudo: false, install: "/opt/nicbench" },
    });
  });

  it.each(["'-oProxyCommand=touch x'", '"two words"', '"tab\\there"', "''"])(
    "refuses %s as the name of a host",
    async (alias) => {
      const { message } = await refusal(`hosts: { s: { ssh: ${alias} } }\nroles: {}\n`);
      expect(message).toContain("is no name of a host");
    },
  );

  it("is restored from what a run keeps of it", async () => {
    const body =
      "hosts: { s: { ssh: lab } }\nroles: { dut: { host: s, ports: [{ io: socket, interface: eth0 }], cores: 2-3 } }\n";
    const testbed = await load(body);
    expect(restoreTestbed({ file: testbed.file, resolved: JSON.parse(JSON.stringify(testbed.resolved)) })).toEqual(
      testbed,
    );
    expect(restoreTestbed({ file: testbed.file, resolved: { nicbench: 7 } })).toBeUndefined();
  });

  it("ships one whose hosts are network namespaces", async () => {
    const testbed = await loadTestbed(fileURLToPath(new URL("../../testbeds/netns.yaml", import.meta.url)));
    expect(linksOf(testbed)).toEqual([
      [
        { host: "gen", interface: "veth0" },
        { host: "dut", interface: "veth0" },
      ],
    ]);
  });

  it("joins network namespaces by as many queues as their ports have", async () => {
    const role = (host: string) => `{ host: ${host}, ports: [{ io: af_xdp, interface: v0, queues: 2 }] }`;
    const testbed = await load(`${NAMESPACES}  g: ${role("a")}\n  d: ${role("b")}\n`);
    expect(testbed.roles["g"]?.ports).toEqual([{ io: "af_xdp", device: "v0", queues: 2 }]);
    expect(linksOf(testbed)).toMatchObject([[{ queues: 2 }, { queues: 2 }]]);
  });

  it("refuses several queues for wires that have one", async () => {
    const { message } = await refusal(
      "hosts: { s: { ssh: lab } }\nroles: { dut: { host: s, ports: [{ io: libpcap, interface: v0, queues: 2 }] } }\n",
    );
    expect(message).toContain("has no effect on io: libpcap, whose ports have one");
  });

  const NAMESPACES = "hosts: { a: { kind: netns }, b: { kind: netns } }\nroles:\n";

  it.each([
    [
      "one namespace",
      "hosts: { a: { kind: netns } }\nroles: {}\n",
      "hosts.a: there is 1 host of kind netns; there must be two",
    ],
    [
      "a namespace without a port",
      `${NAMESPACES}  g: { host: a, ports: [{ io: socket, interface: v0 }] }\n`,
      "hosts.b: has 0 ports, and 'a' has 1",
    ],
    [
      "a port of a namespace that cannot be made",
      `${NAMESPACES}  g: { host: a, ports: [{ io: socket, interface: lo }] }\n  d: { host: b, ports: [{ io: socket, interface: v0 }] }\n`,
      "roles.g.ports[0].interface: 'lo' cannot be made",
    ],
    [
      "two ports of one name",
      `${NAMESPACES}  g: { host: a, ports: [{ io: socket, interface: v0 }] }\n  d: { host: a, ports: [{ io: socket, interface: v0 }] }\n`,
      "roles.d.ports[0].interface: 'v0' is another port of host 'a' already",
    ],
    [
      "shared memory between namespaces",
      `${NAMESPACES}  g: { host: a, ports: [{ io: memif, device: "role=client" }] }\n  d: { host: b, ports: [{ io: socket, interface: v0 }] }\n`,
      "roles.g.ports[0].io: joins no network namespaces",
    ],
    [
      "DPDK between namespaces",
      `${NAMESPACES}  g: { host: a, ports: [{ io: dpdk, device: net_null0 }] }\n  d: { host: b, ports: [{ io: socket, interface: v0 }] }\n`,
      "roles.g.ports[0].io: joins no network namespaces",
    ],
  ])("refuses %s", async (_name, body, message) => {
    expect((await refusal(body)).message).toContain(message);
  });

  it("names a file that is not there", async () => {
    await expect(loadTestbed(join(folder, "gone.yaml"))).rejects.toMatchObject({ code: "TESTBED_NOT_FOUND" });
  });

  it("has a JSON Schema for editors", () => {
    expect(testbedJsonSchema()).toMatchObject({
      title: "nicbench testbed",
      required: ["nicbench", "name", "hosts", "roles"],
    });
  });
});
