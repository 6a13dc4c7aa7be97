#include "io/dpdk_wires.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <string>

#include "io/dpdk/huge_pages_free.h"
#include "io/dpdk/request.h"
#include "io/dpdk_plugin.h"

namespace nicbench {
namespace {

constexpr double kLinkWaitSeconds = 5;                      // for the two ends of a pair to find each other
constexpr int kLeastMemifRing = 5, kLargestMemifRing = 14;  // log2 of slots

PortQueues open(const DpdkRequest& request) { return dpdk_plugin().functions->open_queues(request); }

// Names of devices are the process's.
std::string new_device(const char* driver) {
  static std::atomic<unsigned> number{0};
  return std::string(driver) + "_nicbench" + std::to_string(number++);
}

}  // namespace

std::string_view missing_for_dpdk() { return dpdk_plugin().missing; }

std::string_view missing_for_dpdk_af_xdp() {
  static const std::string huge_pages = std::string("huge pages: ") + kReserveHugePages;
  if (!missing_for_dpdk().empty() || has_huge_pages_for_dpdk()) return missing_for_dpdk();
  return huge_pages;
}

PortQueues open_dpdk_queues(const PortOptions& options) { return open({"dpdk", options.interface, false, options}); }

PortQueues open_dpdk_af_packet_queue(const PortOptions& options) {
  const std::size_t slots = std::bit_ceil(std::max<std::size_t>(options.slots, kBurst));
  const std::string ring = ",framesz=2048,blocksz=65536,framecnt=" + std::to_string(slots);
  return open({"dpdk-af_packet", new_device("net_af_packet") + ",iface=" + options.interface + ring + ",qdisc_bypass=1",
               true, options});
}

PortQueues open_dpdk_af_xdp_queue(const PortOptions& options) {
  return open({"dpdk-af_xdp", new_device("net_af_xdp") + ",iface=" + options.interface, true, options});
}

QueuesPair open_dpdk_memif_pair(const PortOptions& options) {
  const std::string server = new_device("net_memif");
  const int ring = std::clamp<int>(std::bit_width(options.slots - 1), kLeastMemifRing, kLargestMemifRing);
  const std::string shared =
      ",bsize=2048,rsize=" + std::to_string(ring) + ",socket=nicbench-" + std::to_string(getpid()) + "-" + server;
  QueuesPair pair;
  PortOptions far = options, near = options;
  far.zero_behind = SIZE_MAX;
  pair.far = open({"dpdk-memif", server + ",role=server" + shared, false, far});
  near.link_wait_seconds = kLinkWaitSeconds;
  pair.near = open({"dpdk-memif", new_device("net_memif") + ",role=client" + shared, false, near});
  return pair;
}

}  // namespace nicbench
