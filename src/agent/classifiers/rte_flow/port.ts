/** What port of the testbed the classifier rte_flow can use: said before the run. */
import type { PortSpec } from "../../../testbed/model.js";

/** Why the testbed's port is none whose rules can be changed. */
export function rteFlowPortProblem(port: Pick<PortSpec, "io"> | undefined): string | undefined {
  if (port?.io === "dpdk") return undefined;
  return `rte_flow needs a port of DPDK, and the testbed's dut has ${port?.io ?? "none"}; use a testbed with ports: [{ io: dpdk, pci: "0000:17:00.0" }].`;
}

/** Why no frame could be sent into it: NICs have no end that their own host could use. */
export function rteFlowFramesProblem({ device = "" }: Pick<PortSpec, "device">): string | undefined {
  if (interfaceOf(device) !== undefined) return undefined;
  return "nicbench has no way to send frames into the port, which would show it; use a device such as net_tap0,iface=nicbench0.";
}

/** Why no generator could send to the DUT's port from its own. */
export function rteFlowPortsProblem({
  generator,
  dut,
}: Readonly<Record<string, Pick<PortSpec, "io" | "device"> | undefined>>): string | undefined {
  if (generator === undefined || generator.io === "ring")
    return 'rte_flow forwards between ports of the testbed, and the generator has none on the DUT\'s host; give it one: ports: [{ io: dpdk, pci: "0000:17:00.0" }].';
  const name = interfaceOf(dut?.device ?? "");
  if (name === undefined || generator.io === QUEUEING_WIRE) return undefined;
  return `net_tap has its rules where frames wait for the interface, which ${generator.io} goes past; give the generator ports: [{ io: ${QUEUEING_WIRE}, interface: ${name} }].`;
}

/** Of the wires on interfaces that which sends by way of the kernel's queueing disciplines. */
const QUEUEING_WIRE = "libpcap";

/** Of net_tap, where its arguments name it. */
export function interfaceOf(device: string): string | undefined {
  return /^net_tap.*,iface=([^,]+)/.exec(device)?.[1];
}
