/** How Open vSwitch gets at its end of a wire. */

/** By DPDK, without an interface of the kernel. */
export const MEMIF = "dpdk-memif";

/** The name of an Open vSwitch that can do so, among the versions of classifiers. */
export const OVS_DPDK = "ovs-dpdk";

/** Whether a thread of its own polls the port; else the main thread does, which also changes rules. */
export function pollsPort(wire: string): boolean {
  return wire === MEMIF || isAfXdp(wire);
}

export function isAfXdp(wire: string): boolean {
  return wire.endsWith("af_xdp");
}
