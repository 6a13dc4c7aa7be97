/** The wire between a generator and a classifier that is not ours: a veth pair in the classifier's network namespace. */

/** What the classifier receives from and sends to. */
export const DUT_END = "dut";
/** What the generator sends to and receives from. */
export const TESTER_END = "tester";

/** As `forwarding` makes it: kMaxVethFrame of the data path, without the Ethernet header. */
const MTU = 1778;

/** Commands for sh(1) in the namespace. Without IPv6 the kernel sends no frames of its own. */
export const MAKE_WIRE =
  "echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6 || true; " +
  `ip link add ${DUT_END} mtu ${MTU} type veth peer name ${TESTER_END} mtu ${MTU}; ` +
  `ip link set ${DUT_END} up; ip link set ${TESTER_END} up`;

/** To which the generator sends: `kDutMac` of the data path. Its own address differs between frames: the last bit marks probes. */
export const DUT_MAC = "02:4e:42:44:55:54";

/** Commands that have the kernel do the DUT's work on a CPU: without, that of the generator does it, for who sends on a veth pair also receives. */
export function receiveOn(cpu: number): string {
  if (cpu < 0) return ":";
  const file = `/sys/class/net/${DUT_END}/queues/rx-0/rps_cpus`;
  return `unshare --mount sh -c "mount -t sysfs nicbench /sys && echo ${cpuMask(cpu)} >${file}"`;
}

/** As the kernel reads bitmaps: words of 32 bits in hexadecimal, the highest first. */
function cpuMask(cpu: number): string {
  return [(1 << (cpu % 32)) >>> 0, ...Array.from({ length: Math.floor(cpu / 32) }, () => 0)]
    .map((word) => word.toString(16))
    .join(",");
}
