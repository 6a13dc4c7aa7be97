/** What a port of a testbed is on its host: a network interface, or a PCI device that DPDK drives. */
import { orUnavailable, unavailable, type HostFiles } from "./host_files.js";
import type { HostTools } from "./host_tools.js";
import { interruptCpus } from "./interrupts.js";
import type { PortSpec } from "./model.js";

/** Texts are `unavailable: why` where they cannot be read. */
export interface PortProbe {
  /** As the testbed names it. */
  readonly name: string;
  readonly io: string;
  readonly found: boolean;
  /** No hardware is behind it: one of a pair of veth(4), a bridge, … */
  readonly virtual: boolean;
  readonly driver: string;
  readonly firmware: string;
  /** `up`, `down`, … of operstate. */
  readonly link: string;
  /** In Mbit/s. */
  readonly speed: string;
  readonly mtu: string;
  /** -1 where the machine has but one, or does not tell. */
  readonly numaNode: number;
  /** From that node to each of the machine, in the order of their numbers, where 10 is no distance (ACPI, SLIT): `10 21`. */
  readonly numaDistances: string;
  /** CPUs that serve its interrupts, as a list. */
  readonly interruptCpus: string;
  /** `16.0 GT/s PCIe x8`: as it runs, and the most that it could. */
  readonly pcie: string;
  readonly pcieMost: string;
  /** `rx off, tx off` */
  readonly pause: string;
  /** `rx 1024 of 8192, tx 1024 of 8192` */
  readonly rings: string;
  /** Those that are on. */
  readonly privateFlags: string;
}

/** Rings, shared memory, and devices of DPDK without a NIC are made when they are opened: there is nothing to look at before. */
export function isOfHost({ io, device = "" }: PortSpec): boolean {
  return io === "dpdk" ? PCI_ADDRESS.test(device) : io !== "memif" && device !== "";
}

const PCI_ADDRESS = /^([0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}[.][0-9a-f]$/i;

/** Never rejects. */
export async function probePort({ io, device = "" }: PortSpec, files: HostFiles, tools: HostTools): Promise<PortProbe> {
  const pci = PCI_ADDRESS.test(device);
  const folder = pci ? `/sys/bus/pci/devices/${fullAddress(device)}` : `/sys/class/net/${device}`;
  const hardware = pci ? folder : `${folder}/device`;
  const text = (path: string): Promise<string> => orUnavailable(() => files.text(path));
  const ofInterface = async (read: () => Promise<string>): Promise<string> =>
    pci ? unavailable("it is no network interface") : read();
  const tool = (flag: string): Promise<string | undefined> => tools.output(["ethtool", flag, device]);
  const exists = (path: string): Promise<boolean> =>
    files.list(path).then(
      () => true,
      () => false,
    );
  const numaNode = Number(await files.text(`${hardware}/numa_node`).catch(() => -1));
  const driver = await files.target(`${hardware}/driver`).catch(() => undefined);
  return {
    name: device,
    io,
    found: await exists(folder),
    virtual: !(await exists(hardware)),
    driver: driver ?? (await ofInterface(async () => toldBy(await tool("-i"), /^driver: *(\S.*)$/m))),
    firmware: await ofInterface(async () => toldBy(await tool("-i"), /^firmware-version: *(\S.*)$/m)),
    link: await ofInterface(() => text(`${folder}/operstate`)),
    speed: await ofInterface(() => text(`${folder}/speed`)),
    mtu: await ofInterface(() => text(`${folder}/mtu`)),
    numaNode,
    numaDistances: await text(`/sys/devices/system/node/node${Math.max(0, numaNode)}/distance`),
    interruptCpus: await interruptCpus(hardware, files),
    pcie: await pcieOf(hardware, "current", files),
    pcieMost: await pcieOf(hardware, "max", files),
    pause: await ofInterface(async () => pauseOf(await tool("-a"))),
    rings: await ofInterface(async () => ringsOf(await tool("-g"))),
    privateFlags: await ofInterface(async () => flagsOf(await tool("--show-priv-flags"))),
  };
}

/** As sysfs has it, with the domain. */
function fullAddress(address: string): string {
  return (address.length < "0000:17:00.0".length ? `0000:${address}` : address).toLowerCase();
}

function pcieOf(hardware: string, which: "current" | "max", files: HostFiles): Promise<string> {
  return orUnavailable(async () => {
    const speed = await files.text(`${hardware}/${which}_link_speed`);
    return `${speed} x${await files.text(`${hardware}/${which}_link_width`)}`;
  });
}

const SILENT = unavailable("ethtool is not installed, or the driver does not tell");

function toldBy(said: string | undefined, pattern: RegExp): string {
  return pattern.exec(said ?? "")?.[1]?.trim() ?? SILENT;
}

function pauseOf(said: string | undefined): string {
  const [rx, tx] = [/^RX:\s+(\w+)$/m, /^TX:\s+(\w+)$/m].map((pattern) => pattern.exec(said ?? "")?.[1]);
  return rx === undefined || tx === undefined ? SILENT : `rx ${rx}, tx ${tx}`;
}

/** ethtool tells the most first, then what is. */
function ringsOf(said = ""): string {
  const [rx = [], tx = []] = ["RX", "TX"].map((name) =>
    [...said.matchAll(new RegExp(`^${name}:\\s+(\\d+)$`, "gm"))].map(([, size]) => size),
  );
  return rx.length < 2 || tx.length < 2 ? SILENT : `rx ${rx[1]} of ${rx[0]}, tx ${tx[1]} of ${tx[0]}`;
}

function flagsOf(said: string | undefined): string {
  if (said === undefined) return SILENT;
  const on = [...said.matchAll(/^(\S.*?)\s*: on$/gm)].map(([, name]) => name);
  return on.length === 0 ? "none" : on.join(", ");
}
