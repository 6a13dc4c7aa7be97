// What a tunnel carries: the packet inside VXLAN (RFC 7348), GENEVE (RFC 8926) or GRE (RFC 2784, 2890).
//
// One level only. A header that contradicts itself, or a packet inside that cannot be parsed, leaves the outer packet
// as it is: nothing is believed that does not hold.
#pragma once

#include <cstddef>
#include <cstdint>

#include "packet/parser.h"

namespace nicbench {
namespace tunnel_detail {

struct Carried {
  std::size_t at = 0;      // offset of what is carried; 0: nothing
  std::uint16_t type = 0;  // EtherType of it; kTypeBridging: an Ethernet frame
};

inline Carried in_vxlan(const std::uint8_t* data, std::size_t at, std::size_t end) noexcept {
  constexpr std::uint8_t kHasIdentifier = 0x08;  // the only flag: the others must be zero (RFC 7348 §5)
  if (at + kVxlanHeader > end || data[at] != kHasIdentifier) return {};
  return {at + kVxlanHeader, kTypeBridging};
}

inline Carried in_geneve(const std::uint8_t* data, std::size_t at, std::size_t end) noexcept {
  if (at + kGeneveHeader > end || (data[at] >> 6) != 0) return {};  // version 0
  const std::size_t options = static_cast<std::size_t>(data[at] & 0x3f) * 4;
  return {at + kGeneveHeader + options, load_be16(data + at + 2)};
}

inline Carried in_gre(const std::uint8_t* data, std::size_t at, std::size_t end) noexcept {
  constexpr std::uint16_t kChecksum = 0x8000, kKey = 0x2000, kSequence = 0x1000, kVersion = 0x0007;
  if (at + kGreHeader > end) return {};
  const std::uint16_t flags = load_be16(data + at);
  if ((flags & kVersion) != 0) return {};
  const std::size_t optional = ((flags & kChecksum) != 0) + ((flags & kKey) != 0) + ((flags & kSequence) != 0);
  return {at + kGreHeader + 4 * optional, load_be16(data + at + 2)};
}

inline Carried carried(const std::uint8_t* data, std::size_t captured, const ParsedFrame& outer) noexcept {
  const bool ipv4 = outer.kind == FrameKind::kIpv4;
  if ((!ipv4 && outer.kind != FrameKind::kIpv6) || outer.transport == 0) return {};
  const std::size_t end = outer.network_end < captured ? outer.network_end : captured;
  if (outer.protocol == kProtocolGre) return in_gre(data, outer.transport, end);
  if (outer.protocol != kProtocolUdp || outer.payload == 0) return {};
  const std::uint16_t port = to_be16(ipv4 ? outer.key4.destination_port : outer.key6.destination_port);
  if (port == kVxlanPort) return in_vxlan(data, outer.payload, end);
  if (port == kGenevePort) return in_geneve(data, outer.payload, end);
  return {};
}

}  // namespace tunnel_detail

// Replaces a parsed packet by the one that it carries. False if it is no tunnel: then it stays.
inline bool enter_tunnel(const std::uint8_t* data, std::size_t captured, ParsedFrame& packet) noexcept {
  const auto [at, type] = tunnel_detail::carried(data, captured, packet);
  ParsedFrame inner;
  if (at == 0) return false;
  if (type == kTypeBridging) {
    parse_ethernet(data, captured, at, inner);
  } else if (type == kTypeIpv4 || type == kTypeIpv6) {
    parse_packet(data, captured, at, type == kTypeIpv6, inner);
  }
  if (inner.kind != FrameKind::kIpv4 && inner.kind != FrameKind::kIpv6) return false;
  packet = inner;
  return true;
}

// The packet that the endpoints of a flow see: what a tunnel carries, or the frame's own.
inline FrameKind parse_innermost(const std::uint8_t* data, std::size_t captured, ParsedFrame& out) noexcept {
  parse_frame(data, captured, out);
  enter_tunnel(data, captured, out);
  return out.kind;
}

}  // namespace nicbench
