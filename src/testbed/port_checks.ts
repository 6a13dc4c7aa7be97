/** The doctor's checklist for one port of a testbed. */
import { formatCpuList, parseCpuList } from "./cpu_list.js";
import { item, type DoctorItem } from "./doctor_item.js";
import { isUnavailable } from "./host_files.js";
import type { PortProbe } from "./port_probe.js";
import type { CpuPlace } from "./model.js";

/** @param cpus of the port's role; empty where they are not known */
export function portChecklist(port: PortProbe, cpus: readonly CpuPlace[]): readonly DoctorItem[] {
  const isPci = port.io === "dpdk";
  if (!port.found) return [notFound(port.name, isPci)];
  // A driver that leaves the device to a program asks for no interrupts.
  const isSilent = isPci && isUnavailable(port.interruptCpus);
  const interrupts = isSilent ? [] : [interruptsItem(port, cpus)];
  const hardware = [driverItem(port, isPci), pcieItem(port), numaItem(port, cpus), ...interrupts];
  if (isPci) return hardware;
  const inUse = [linkItem(port), mtuItem(port)];
  if (port.virtual) return [...inUse, item(`${port.name} hardware`, "ok", `none: ${port.driver}`)];
  return [...inUse, ...hardware, pauseItem(port), ringsItem(port), flagsItem(port)];
}

function notFound(name: string, isPci: boolean): DoctorItem {
  const how = isPci ? "lspci -D" : "ip -br link";
  return item(`port ${name}`, "missing", "not found", `See what there is on this host, and mend the testbed: ${how}`);
}

/** What cannot be read is said, and is no fault. */
function told(name: string, found: string, judge: () => DoctorItem = () => item(name, "ok", found)): DoctorItem {
  return isUnavailable(found) ? item(name, "advice", found, "Look at it by hand if it matters here.") : judge();
}

function linkItem({ name, link, speed }: PortProbe): DoctorItem {
  const what = `${name} link`;
  const fast = isUnavailable(speed) || Number(speed) <= 0 ? "" : `, ${speed} Mbit/s`;
  return told(what, link, () => {
    // Drivers of virtual interfaces may say `unknown` for one that works.
    if (link === "up" || link === "unknown") return item(what, "ok", `${link}${fast}`);
    return item(what, "missing", link, `Bring it up, and look at the cable: ip link set ${name} up`);
  });
}

function mtuItem({ name, mtu }: PortProbe): DoctorItem {
  return told(`${name} MTU`, mtu);
}

/** Drivers that DPDK takes a device from: those that leave it to a program, and those that share it with one. */
const DPDK_DRIVERS = ["vfio-pci", "igb_uio", "uio_pci_generic", "mlx4_core", "mlx5_core", "mana"];

export function isDpdkDriver(driver: string): boolean {
  return DPDK_DRIVERS.includes(driver);
}

function driverItem({ name, driver, firmware }: PortProbe, isPci: boolean): DoctorItem {
  const what = `${name} driver`;
  const found = isUnavailable(firmware) ? driver : `${driver}, firmware ${firmware}`;
  if (!isPci || isDpdkDriver(driver)) return told(what, found);
  return item(what, "missing", driver, `DPDK cannot open it: dpdk-devbind.py --bind=vfio-pci ${name}`);
}

function pcieItem({ name, pcie, pcieMost }: PortProbe): DoctorItem {
  const what = `${name} PCIe`;
  return told(what, pcie, () => {
    if (isUnavailable(pcieMost) || pcie === pcieMost) return item(what, "ok", pcie);
    const found = `${pcie}, and it can do ${pcieMost}`;
    return item(
      what,
      "warning",
      found,
      "The bus may be narrower than the link; try another slot, and check the firmware.",
    );
  });
}

function numaItem({ name, numaNode, numaDistances }: PortProbe, cpus: readonly CpuPlace[]): DoctorItem {
  const what = `${name} NUMA node`;
  if (numaNode < 0) return item(what, "ok", "the machine has one, or does not tell");
  const far = cpus.filter(({ node }) => node !== numaNode);
  if (far.length === 0) return item(what, "ok", `${numaNode}`);
  const found = `${numaNode}, and CPU ${cpuList(far)} of its role is on another${distanceText(numaDistances, far)}`;
  return item(what, "warning", found, "Each frame crosses between sockets; give the role cores on the port's node.");
}

/** Nodes without a gap in their numbers, as nearly all machines have them. */
function distanceText(distances: string, far: readonly CpuPlace[]): string {
  const table = distances.split(/\s+/).map(Number);
  const most = Math.max(...far.map(({ node }) => table[node] ?? NaN));
  return Number.isFinite(most) ? `, at distance ${most} (10 is near)` : "";
}

function cpuList(cpus: readonly CpuPlace[]): string {
  return formatCpuList(cpus.map(({ cpu }) => cpu).sort((a, b) => a - b));
}

function interruptsItem({ name, interruptCpus }: PortProbe, cpus: readonly CpuPlace[]): DoctorItem {
  const what = `${name} interrupts`;
  return told(what, interruptCpus, () => {
    const served = parseCpuList(interruptCpus) ?? [];
    const hit = cpus.filter(({ cpu }) => served.includes(cpu));
    if (hit.length === 0) return item(what, "ok", `on CPU ${interruptCpus}`);
    const found = `on CPU ${interruptCpus}, of which its role measures on CPU ${cpuList(hit)}`;
    const advice =
      "They take those cores from what is measured; move each to others, as root: echo <CPUs> > /proc/irq/<number>/smp_affinity_list";
    return item(what, "warning", found, advice);
  });
}

function pauseItem({ name, pause }: PortProbe): DoctorItem {
  const what = `${name} pause frames`;
  return told(what, pause, () => {
    if (pause === "rx off, tx off") return item(what, "ok", pause);
    const fix = `ethtool -A ${name} rx off tx off`;
    return item(what, "advice", pause, `A full DUT slows the generator down instead of dropping frames: ${fix}`);
  });
}

function ringsItem({ name, rings }: PortProbe): DoctorItem {
  return told(`${name} rings`, rings);
}

function flagsItem({ name, privateFlags }: PortProbe): DoctorItem {
  return told(`${name} private flags`, privateFlags);
}
