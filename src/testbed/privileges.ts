/**
 * What needs more than a user has, and why. The code that needs it takes its messages from here, and
 * `nicbench testbed privileges` lists it for each host of a testbed.
 */
import { isUnavailable } from "./host_files.js";
import { isDpdkDriver } from "./port_checks.js";
import { isOfHost } from "./port_probe.js";
import type { Probe } from "./probe.js";
import { rolesOn, type PortSpec, type Testbed } from "./model.js";
import type { WireName } from "./schema.js";

export interface Privilege {
  /** What it is, in a few words. */
  readonly what: string;
  readonly why: string;
  /** How to give it, in one sentence. */
  readonly grant: string;
}

export const PRIVILEGES = {
  namespaces: {
    what: "root on this machine",
    why: "network namespaces, their virtual interfaces, and an sshd in each are made for the run",
    grant: "Run it with sudo.",
  },
  sudo: {
    what: "sudo -n",
    why: "the agent is started as root, since the testbed says sudo: true",
    grant: "Allow it on the host, as in: echo '<user> ALL=(root) NOPASSWD: ALL' | sudo tee /etc/sudoers.d/nicbench",
  },
  "raw-sockets": {
    what: "CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW",
    why: "sockets that see and send whole frames, past the host's own addresses",
    grant: "Run nicbench as root here, or write sudo: true for a host over SSH.",
  },
  xdp: {
    what: "CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW",
    why: "a BPF program on the interface that hands its frames to the agent",
    grant: "Run nicbench as root here, or write sudo: true for a host over SSH.",
  },
  "huge-pages": {
    what: "huge pages",
    why: "DPDK keeps the frames of a NIC in them; to reserve them takes root once",
    grant: "Reserve some, as root: echo 1024 > /proc/sys/vm/nr_hugepages",
  },
  vfio: {
    what: "a driver that gives the NIC to DPDK",
    why: "DPDK drives the NIC itself; to bind it takes root once",
    grant: "Bind it, as root: dpdk-devbind.py --bind=vfio-pci <PCI address>",
  },
} as const satisfies Record<string, Privilege>;

export type PrivilegeName = keyof typeof PRIVILEGES;

/** Of wires, where a port of a host is opened by them. */
const OF_WIRES: Readonly<Record<WireName, readonly PrivilegeName[]>> = {
  ring: [],
  socket: ["raw-sockets"],
  "socket-mmsg": ["raw-sockets"],
  libpcap: ["raw-sockets"],
  af_packet: ["raw-sockets"],
  "af_packet-v2": ["raw-sockets"],
  af_xdp: ["xdp"],
  memif: [],
  dpdk: ["huge-pages", "vfio"],
};

/** Something that a testbed wants of a host and that takes a privilege. */
export interface Need {
  readonly privilege: PrivilegeName;
  /** `the testbed`, or `port eth1 (af_xdp)`. */
  readonly by: string;
  /** Undefined where it is the host that needs it. */
  readonly port?: PortSpec;
}

/** @param host key of the testbed's hosts */
export function needsOf(host: string, testbed: Testbed): readonly Need[] {
  const spec = testbed.hosts[host];
  const own: readonly PrivilegeName[] =
    spec?.kind === "netns" ? ["namespaces"] : spec?.kind === "ssh" && spec.sudo ? ["sudo"] : [];
  const ports = rolesOn(host, testbed).flatMap((role) => role.ports);
  return [
    ...own.map((privilege) => ({ privilege, by: "the testbed" })),
    ...ports.flatMap((port) =>
      wirePrivileges(port).map((privilege) => ({ privilege, by: `port ${port.device ?? ""} (${port.io})`, port })),
    ),
  ];
}

function wirePrivileges(port: PortSpec): readonly PrivilegeName[] {
  return isOfHost(port) ? (OF_WIRES[port.io as WireName] ?? []) : [];
}

/** What an agent says of its host. */
export interface HostAbilities {
  /** Of the addon, which knows best what it lacks. */
  readonly wires: readonly { readonly name: string; readonly lacks?: string }[];
  readonly probe: Pick<Probe, "facts" | "ports">;
}

/** Why a host does not have what is needed; undefined if it has. Its agent runs, so it has what starting that took. */
export function lackOf({ privilege, port }: Need, { wires, probe }: HostAbilities): string | undefined {
  switch (privilege) {
    case "namespaces":
    case "sudo":
      return undefined;
    case "raw-sockets":
    case "xdp":
      return wires.find(({ name }) => name === port?.io)?.lacks;
    case "huge-pages":
      return probe.facts.hugePages2MiB > 0 ? undefined : "there are none of 2 MiB";
    case "vfio": {
      const { driver = "" } = probe.ports.find(({ name }) => name === port?.device) ?? {};
      if (isDpdkDriver(driver)) return undefined;
      return driver === "" || isUnavailable(driver) ? "no driver has it" : `${driver} has it`;
    }
  }
}
