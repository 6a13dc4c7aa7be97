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

/** Of net_tap, where its arguments name it. */
export function interfaceOf(device: string): string | undefined {
  return /^net_tap.*,iface=([^,]+)/.exec(device)?.[1];
}
