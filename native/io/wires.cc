#include "io/wires.h"

#include <algorithm>
#include <array>
#include <string>

#include "common/user_error.h"
#include "io/af_packet_port.h"
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

struct Wire {
  WireInfo info;
  Open open;
};

constexpr std::array<Wire, 6> kWires{{
    {{"socket", "AF_PACKET socket, a system call a frame", {}},
     [](const PortOptions& options) { return open_socket_port(options, SocketCalls::kEach); }},
    {{"socket-mmsg", "AF_PACKET socket, a system call a burst", {}},
     [](const PortOptions& options) { return open_socket_port(options, SocketCalls::kBurstwise); }},
#if defined(NICBENCH_LIBPCAP)
    {{"libpcap", "pcap_next_ex and pcap_inject", {}}, open_libpcap_port},
#else
    {{"libpcap", "pcap_next_ex and pcap_inject", "apt-get install -y libpcap-dev && npm run build:native"}, nullptr},
#endif
    {{"af_packet", "AF_PACKET, receiving from a ring of blocks (TPACKET_V3)", {}},
     [](const PortOptions& options) { return open_af_packet_port(options, TpacketVersion::kV3); }},
    {{"af_packet-v2", "AF_PACKET, receiving from a ring of slots (TPACKET_V2)", {}},
     [](const PortOptions& options) { return open_af_packet_port(options, TpacketVersion::kV2); }},
#if defined(NICBENCH_LIBXDP)
    {{"af_xdp", "AF_XDP rings, past the kernel's network stack", {}}, open_af_xdp_port},
#else
    {{"af_xdp", "AF_XDP rings, past the kernel's network stack",
      "apt-get install -y libxdp-dev libbpf-dev && npm run build:native"},
     nullptr},
#endif
}};

constexpr auto kInfos = [] {
  std::array<WireInfo, kWires.size()> infos;
  for (std::size_t i = 0; i < infos.size(); ++i) infos[i] = kWires[i].info;
  return infos;
}();

}  // namespace

std::span<const WireInfo> wire_infos() noexcept { return kInfos; }

std::unique_ptr<Port> open_port(std::string_view name, const PortOptions& options) {
  const auto wire = std::find_if(kWires.begin(), kWires.end(), [name](const Wire& w) { return w.info.name == name; });
  if (wire == kWires.end()) {
    std::string names;
    for (const Wire& w : kWires) names.append(names.empty() ? "" : ", ").append(w.info.name);
    throw UserError("WIRE_UNKNOWN", "There is no wire '" + std::string(name) + "' on interfaces.",
                    "Use one of " + names + ".");
  }
  if (wire->open == nullptr) {
    throw UserError("WIRE_MISSING", "This build has no wire '" + std::string(name) + "': its library was not found.",
                    std::string(wire->info.missing));
  }
  return wire->open(options);
}

}  // namespace nicbench
