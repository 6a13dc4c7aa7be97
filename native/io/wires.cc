#include "io/wires.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "common/user_error.h"
#include "io/af_packet_port.h"
#include "io/dpdk_wires.h"
#include "io/memif_port.h"
#include "io/socket_port.h"
#if defined(NICBENCH_LIBPCAP)
#include "io/libpcap_port.h"
#endif
#if defined(NICBENCH_LIBXDP)
#include "io/af_xdp_port.h"
#endif

namespace nicbench {
namespace {

constexpr bool kStamps = true;

using Open = PortQueues (*)(const PortOptions&);
using OpenPair = QueuesPair (*)(const PortOptions&);

// Of a wire whose ports have no more.
template <auto open>
PortQueues one_queue(const PortOptions& options) {
  PortQueues queues;
  queues.push_back(open(options));
  return queues;
}

struct Wire {
  WireInfo info;
  Open open;  // null where it is missing, or opened as a pair
  OpenPair open_pair = nullptr;
};

using Wires = std::array<Wire, 11>;

const Wires& wires() {
  static const Wires the_wires{{
      {{"socket", "AF_PACKET socket, a system call a frame", {}, WireEnds::kInterfaces, kMaxQueues, kStamps},
       [](const PortOptions& options) { return open_socket_queues(options, SocketCalls::kEach); }},
      {{"socket-mmsg", "AF_PACKET socket, a system call a burst", {}, WireEnds::kInterfaces, kMaxQueues, kStamps},
       [](const PortOptions& options) { return open_socket_queues(options, SocketCalls::kBurstwise); }},
#if defined(NICBENCH_LIBPCAP)
      {{"libpcap", "pcap_next_ex and pcap_inject", {}}, one_queue<open_libpcap_port>},
#else
      {{"libpcap", "pcap_next_ex and pcap_inject",
        "its library: apt-get install -y libpcap-dev && npm run build:native"},
       nullptr},
#endif
      {{"af_packet",
        "AF_PACKET, receiving from a ring of blocks (TPACKET_V3)",
        {},
        WireEnds::kInterfaces,
        kMaxQueues,
        kStamps},
       [](const PortOptions& options) { return open_af_packet_queues(options, TpacketVersion::kV3); }},
      {{"af_packet-v2",
        "AF_PACKET, receiving from a ring of slots (TPACKET_V2)",
        {},
        WireEnds::kInterfaces,
        kMaxQueues,
        kStamps},
       [](const PortOptions& options) { return open_af_packet_queues(options, TpacketVersion::kV2); }},
#if defined(NICBENCH_LIBXDP)
      {{"af_xdp", "AF_XDP rings, past the kernel's network stack", {}, WireEnds::kInterfaces, kMaxQueues},
       open_af_xdp_queues},
#else
      {{"af_xdp", "AF_XDP rings, past the kernel's network stack",
        "its library: apt-get install -y libxdp-dev libbpf-dev && npm run build:native"},
       nullptr},
#endif
      {{"memif", "shared memory (memif), without privilege; meets DPDK's and VPP's", {}, WireEnds::kItself, kMaxQueues},
       open_memif_queues,
       open_memif_pair},
      {{"dpdk", "DPDK, on any of its devices", missing_for_dpdk(), WireEnds::kDevices, kMaxQueues}, open_dpdk_queues},
      {{"dpdk-af_packet", "DPDK's driver of AF_PACKET", missing_for_dpdk()}, open_dpdk_af_packet_queue},
      {{"dpdk-af_xdp", "DPDK's driver of AF_XDP", missing_for_dpdk_af_xdp()}, open_dpdk_af_xdp_queue},
      {{"dpdk-memif", "DPDK's shared memory (memif), without privilege", missing_for_dpdk(), WireEnds::kItself,
        kMaxQueues},
       nullptr,
       open_dpdk_memif_pair},
  }};
  return the_wires;
}

template <class Wanted>
std::string names_of(Wanted&& wanted) {
  std::string names;
  for (const Wire& wire : wires()) {
    if (wanted(wire.info)) names.append(names.empty() ? "" : ", ").append(wire.info.name);
  }
  return names;
}

const Wire& find(std::string_view name) {
  const auto wire = std::find_if(wires().begin(), wires().end(), [name](const Wire& w) { return w.info.name == name; });
  if (wire != wires().end()) return *wire;
  throw UserError("WIRE_UNKNOWN", "There is no wire '" + std::string(name) + "' that leaves the process.",
                  "Use one of " + names_of([](const WireInfo&) { return true; }) + ".");
}

void check_queues(const WireInfo& wire, std::size_t queues) {
  if (queues >= 1 && queues <= wire.most_queues) return;
  const std::string most = wire.most_queues == 1 ? "1 queue" : "up to " + std::to_string(wire.most_queues) + " queues";
  throw UserError(
      "QUEUES",
      "A port of the wire '" + std::string(wire.name) + "' has " + most + ", and " + std::to_string(queues) +
          " are wanted.",
      "Use so many, or a wire with more: " + names_of([](const WireInfo& w) { return w.most_queues > 1; }) + ".");
}

void check_timestamps(const WireInfo& wire, Timestamps timestamps) {
  if (timestamps == Timestamps::kThread || wire.stamps) return;
  throw UserError("TIMESTAMPS", "The wire '" + std::string(wire.name) + "' does not say when a frame came.",
                  "Use the thread's time, or one of " + names_of([](const WireInfo& w) { return w.stamps; }) + ".");
}

const Wire& find_present(std::string_view name, const PortOptions& options) {
  const Wire& wire = find(name);
  if (wire.info.missing.empty()) {
    check_queues(wire.info, options.queues);
    check_timestamps(wire.info, options.timestamps);
    return wire;
  }
  const std::string missing(wire.info.missing);
  const std::size_t colon = missing.find(": ");
  throw UserError("WIRE_MISSING", "The wire '" + std::string(name) + "' lacks " + missing.substr(0, colon) + ".",
                  missing.substr(colon + 2));
}

PortOptions with_one_queue(PortOptions options) {
  options.queues = 1;
  return options;
}

}  // namespace

std::span<const WireInfo> wire_infos() {
  static const auto infos = [] {
    std::array<WireInfo, std::tuple_size_v<Wires>> copies;
    std::transform(wires().begin(), wires().end(), copies.begin(), [](const Wire& wire) { return wire.info; });
    return copies;
  }();
  return infos;
}

const WireInfo& wire_info(std::string_view wire) { return find(wire).info; }

PortQueues open_queues(std::string_view name, const PortOptions& options) {
  const Wire& wire = find_present(name, options);
  if (wire.open != nullptr) return wire.open(options);
  throw UserError("WIRE_ENDS", "The wire '" + std::string(name) + "' has both of its ends in one process.",
                  "Use the wire memif to join two processes.");
}

QueuesPair open_queues_pair(std::string_view name, const PortOptions& options) {
  const Wire& wire = find_present(name, options);
  if (wire.open_pair != nullptr) return wire.open_pair(options);
  throw UserError("WIRE_ENDS", "The wire '" + std::string(name) + "' needs something to be on.",
                  "Open each end on its interface or device.");
}

std::unique_ptr<Port> open_port(std::string_view name, const PortOptions& options) {
  return std::move(open_queues(name, with_one_queue(options)).front());
}

PortPair open_pair(std::string_view name, const PortOptions& options) {
  QueuesPair pair = open_queues_pair(name, with_one_queue(options));
  return {std::move(pair.near.front()), std::move(pair.far.front())};
}

}  // namespace nicbench
