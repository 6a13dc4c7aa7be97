/** How Open vSwitch gets at its end of a wire. */

/** By DPDK's memif driver, without an interface of the kernel. What is at the other end is DPDK's driver as well, or nicbench's. */
export const MEMIF_WIRES: readonly string[] = ["memif", "dpdk-memif"];

export function isMemif(wire: string): boolean {
  return MEMIF_WIRES.includes(wire);
}

/** The name of an Open vSwitch that can do so, among the versions of classifiers. */
export const OVS_DPDK = "ovs-dpdk";

/** Whether a thread of its own polls the port; else the main thread does, which also changes rules. */
export function pollsPort(wire: string): boolean {
  return isMemif(wire) || isAfXdp(wire);
}

export function isAfXdp(wire: string): boolean {
  return wire.endsWith("af_xdp");
}
