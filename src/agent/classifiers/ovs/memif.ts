/**
 * The wires `memif` and `dpdk-memif` of Open vSwitch: a port of DPDK's memif driver, with the generator's at the other end,
 * which is nicbench's own or DPDK's.
 *
 * They are the wires that the software NIC has by these names (native/io/memif_port.cc, native/io/dpdk_wires.cc): rings and
 * buffers are as large. Open vSwitch is the server, as the software NIC is on `dpdk-memif`; on `memif` that is the client. The socket by which the ends meet is an abstract one, which belongs to the network namespace. DPDK
 * runs without PCI devices and without files: nothing is left behind that the kernel would not take back.
 */
import { execa } from "execa";
import { readFile } from "node:fs/promises";
import { DUT_END } from "../veth.js";
import { BRIDGE } from "./switch.js";

/** What Debian calls the one with DPDK, beside that without; elsewhere there is one that may have it. */
const PROGRAMS = ["/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk", "ovs-vswitchd"];

const TIMEOUT_MS = 5000;

export interface DpdkSwitch {
  /** An ovs-vswitchd that was built with DPDK. */
  readonly program: string;
  /** Such as `3.1.0, DPDK 22.11.11`. */
  readonly version: string;
}

/** Undefined where there is none. */
export async function findDpdkSwitch(): Promise<DpdkSwitch | undefined> {
  for (const program of PROGRAMS) {
    const { stdout } = await execa(program, ["--version"], { reject: false, timeout: TIMEOUT_MS });
    const [, number, dpdk] = /Open vSwitch\) (\S+)[^]*^DPDK (\S+)/m.exec(stdout) ?? [];
    if (number !== undefined) return { program, version: `${number}, DPDK ${dpdk}` };
  }
  return undefined;
}

/** The generator's device: Open vSwitch sends on one queue from its main thread, and on another from that which polls. */
export function clientDevice(slots: number): string {
  return `${device("client", slots)},rx-queues=2`;
}

/** @param slots frames that each end holds, at least */
function device(role: "server" | "client", slots: number): string {
  return `net_memif0,role=${role},socket=nicbench,bsize=2048,rsize=${ringBits(slots)}`;
}

/** The driver's rings hold 2^n frames. */
function ringBits(slots: number): number {
  return Math.min(14, Math.max(5, Math.ceil(Math.log2(slots))));
}

/** Commands for ovs-vsctl(8): DPDK, with buffers for this port alone, and the port (ovs-vswitchd.conf.db(5)). */
export async function memifConfiguration(slots: number): Promise<readonly (readonly string[])[]> {
  const dpdk = ["dpdk-init=true", "per-port-memory=true", `dpdk-extra="${await ealArguments()}"`];
  return [
    ["set", "Open_vSwitch", ".", ...dpdk.map((setting) => `other_config:${setting}`)],
    ["add-port", BRIDGE, DUT_END],
    ["set", "Interface", DUT_END, "type=dpdk", `options:dpdk-devargs="${device("server", slots)}"`],
  ];
}

const WITHOUT_FILES = "--no-pci --no-telemetry --iova-mode=va";
const SMALL_MEMORY_MEGABYTES = 256;
/** Of 2 MiB: as many as the addon's DPDK wants to see. */
const LEAST_HUGE_PAGES = 128;

/** Open vSwitch adds --in-memory to all that are not --legacy-mem, and that goes with huge pages only. */
async function ealArguments(): Promise<string> {
  const file = "/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages";
  const free = Number(await readFile(file, "utf8").catch(() => 0));
  const small = `--no-huge --legacy-mem --no-shconf -m ${SMALL_MEMORY_MEGABYTES}`;
  return `${free >= LEAST_HUGE_PAGES ? "--in-memory" : small} ${WITHOUT_FILES}`;
}
