#include "io/wires.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/user_error.h"
#include "io/af_packet_port.h"
#include "io/dpdk_wires.h"
#include "io/socket_port.h"
#if defined(NICBENCH_LIBPCAP)
#include "io/libpcap_port.h"
#endif
#if defined(NICBENCH_LIBXDP)
#include "io/af_xdp_port.h"
#endif

namespace nicbench {
namespace {

using Open = std::unique_ptr<Port> (*)(const PortOptions&);
using OpenPair = PortPair (*)(const PortOptions&);

struct Wire {
  WireInfo info;
  Open open;  // null where it is missing, or opened as a pair
  OpenPair open_pair = nullptr;
};

using Wires = std::array<Wire, 10>;

const Wires& wires() {
  static const Wires the_wires{{
      {{"socket", "AF_PACKET socket, a system call a frame", {}},
       [](const PortOptions& options) { return open_socket_port(options, SocketCalls::kEach); }},
      {{"socket-mmsg", "AF_PACKET socket, a system call a burst", {}},
       [](const PortOptions& options) { return open_socket_port(options, SocketCalls::kBurstwise); }},
#if defined(NICBENCH_LIBPCAP)
      {{"libpcap", "pcap_next_ex and pcap_inject", {}}, open_libpcap_port},
#else
      {{"libpcap", "pcap_next_ex and pcap_inject",
        "its library: apt-get install -y libpcap-dev && npm run build:native"},
       nullptr},
#endif
      {{"af_packet", "AF_PACKET, receiving from a ring of blocks (TPACKET_V3)", {}},
       [](const PortOptions& options) { return open_af_packet_port(options, TpacketVersion::kV3); }},
      {{"af_packet-v2", "AF_PACKET, receiving from a ring of slots (TPACKET_V2)", {}},
       [](const PortOptions& options) { return open_af_packet_port(options, TpacketVersion::kV2); }},
#if defined(NICBENCH_LIBXDP)
      {{"af_xdp", "AF_XDP rings, past the kernel's network stack", {}}, open_af_xdp_port},
#else
      {{"af_xdp", "AF_XDP rings, past the kernel's network stack",
        "its library: apt-get install -y libxdp-dev libbpf-dev && npm run build:native"},
       nullptr},
#endif
      {{"dpdk", "DPDK, on any of its devices", missing_for_dpdk(), WireEnds::kDevices}, open_dpdk_port},
      {{"dpdk-af_packet", "DPDK's driver of AF_PACKET", missing_for_dpdk()}, open_dpdk_af_packet_port},
      {{"dpdk-af_xdp", "DPDK's driver of AF_XDP", missing_for_dpdk_af_xdp()}, open_dpdk_af_xdp_port},
      {{"dpdk-memif", "DPDK's shared memory (memif), without privilege", missing_for_dpdk(), WireEnds::kItself},
       nullptr,
       open_dpdk_memif_pair},
  }};
  return the_wires;
}

const Wire& find(std::string_view name) {
  const auto wire = std::find_if(wires().begin(), wires().end(), [name](const Wire& w) { return w.info.name == name; });
  if (wire != wires().end()) return *wire;
  std::string names;
  for (const Wire& w : wires()) names.append(names.empty() ? "" : ", ").append(w.info.name);
  throw UserError("WIRE_UNKNOWN", "There is no wire '" + std::string(name) + "' that leaves the process.",
                  "Use one of " + names + ".");
}

const Wire& find_present(std::string_view name) {
  const Wire& wire = find(name);
  if (wire.info.missing.empty()) return wire;
  const std::string missing(wire.info.missing);
  const std::size_t colon = missing.find(": ");
  throw UserError("WIRE_MISSING", "The wire '" + std::string(name) + "' lacks " + missing.substr(0, colon) + ".",
                  missing.substr(colon + 2));
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

std::unique_ptr<Port> open_port(std::string_view name, const PortOptions& options) {
  const Wire& wire = find_present(name);
  if (wire.open != nullptr) return wire.open(options);
  throw UserError("WIRE_ENDS", "The wire '" + std::string(name) + "' has both of its ends in one process.",
                  "Use the wire dpdk with a device net_memif to join two processes.");
}

PortPair open_pair(std::string_view name, const PortOptions& options) {
  const Wire& wire = find_present(name);
  if (wire.open_pair != nullptr) return wire.open_pair(options);
  throw UserError("WIRE_ENDS", "The wire '" + std::string(name) + "' needs something to be on.",
                  "Open each end on its interface or device.");
}

}  // namespace nicbench
