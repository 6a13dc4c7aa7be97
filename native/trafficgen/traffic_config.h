// What traffic to make, in base units. One struct for generated and replayed traffic, because the rest of
// the generator does not care.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace nicbench {

enum class Profile : std::uint8_t {
  kUniform,  // every flow equally likely, frames of one size
  kZipf,     // flow k with weight 1/k^skew, frames of one size
  kCampus,   // flow lengths and frame sizes of a campus's Internet link, see campus_model.h
};

// A frame size with FCS, and how often it comes beside the others.
struct SizeWeight {
  std::uint16_t frame_size = 64;
  double weight = 1;
};

enum class Tunnel : std::uint8_t { kNone, kVxlan, kGre, kGeneve };

struct VlanTag {
  std::uint16_t id = 1;       // 0 to 4094
  std::uint8_t priority = 0;  // PCP of IEEE 802.1Q, 0 to 7
};

// Headers around the packets of flows. Frame sizes count them.
struct Encapsulation {
  std::vector<VlanTag> vlans;  // the outermost first, at most 2
  Tunnel tunnel = Tunnel::kNone;
  std::uint32_t network = 1;  // VNI of VXLAN and GENEVE, 24 bits
};

// IPv4 addresses that begin with the same bits.
struct Prefix4 {
  std::uint32_t address = 0;  // host byte order; bits beyond the length are ignored
  std::uint8_t length = 32;   // 0 to 32
};

// The same of IPv6.
struct Prefix6 {
  std::uint64_t high = 0, low = 0;  // host byte order; bits beyond the length are ignored
  std::uint8_t length = 128;        // 0 to 128
};

struct PortRange {
  std::uint16_t first = 0;
  std::uint16_t last = 0;  // at least `first`

  std::uint32_t count() const noexcept { return std::uint32_t{last} - first + 1; }
};

// Who talks with whom. Client and client's port tell flows apart; servers are shared. Prefixes of a list are disjoint.
struct Endpoints {
  std::vector<Prefix4> clients{{0x0a000000, 10}};  // 10.0.0.0/10
  std::vector<Prefix4> servers{{0xc0a80000, 16}};  // 192.168.0.0/16, as NICBench has them
  PortRange client_ports{1024, 65535};             // RFC 4814 §4.5
  std::optional<PortRange> server_ports;           // none: 443, and 80 of TCP or 53 of UDP
  // Of IPv6 flows. None: addresses of RFC 5180 §8 (2001:2::/48), which end with those of IPv4.
  std::vector<Prefix6> clients6{}, servers6{};
};

struct TrafficConfig {
  std::string pcap;           // path of a capture to replay; empty: generate by profile
  std::uint32_t windows = 1;  // of a capture: so many play at once, each with addresses of its own
  Profile profile = Profile::kUniform;
  std::uint32_t flows = 1;
  std::uint16_t frame_size = 64;  // bytes with FCS; ignored by campus and replay
  // Instead of frame_size, one of these: sizes one after the other, again and again; or drawn for each frame.
  std::vector<std::uint16_t> sizes_in_turn;
  std::vector<SizeWeight> sizes_drawn;
  std::string sizes_from;  // path of a capture: drawn as often as they come in it
  Encapsulation encapsulation;
  Endpoints endpoints;
  double ipv6_share = 0;  // of flows, in [0, 1]
  double skew = 1.0;      // zipf only
  std::uint64_t seed = 1;
  double rate = 0;  // frames/s; 0: as fast as the wire takes them

  // Churn: so many flows a second end and are replaced by new ones; the number of live flows stays.
  double new_flows = 0;
  // Also sends what the servers answer: handshakes and closes are whole, and data flows both ways.
  bool both_directions = false;
  // So many groups of flows are counted apart (flow_groups.h), 1 to 128. Not of a capture.
  std::uint32_t groups = 1;
};

}  // namespace nicbench
