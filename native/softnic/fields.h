// What a rule can match of a frame: its header fields as sixteen 64-bit words, in network byte order.
//
//   word  0   outer IPv4 source, destination
//         1   outer ports, or type and code of ICMP; upper-layer protocol (40 bits)
//         2   Ethernet destination, EtherType behind the tags
//         3   Ethernet source, tag control of the outermost VLAN
//         4-7 outer IPv6 source, destination
//         8   VNI of VXLAN or GENEVE (24 bits, host order); metadata set by rules (rte_flow's META)
//         9   inner IPv4 source, destination
//        10   inner ports, or type and code of ICMP; upper-layer protocol (40 bits)
//     11-14   inner IPv6 source, destination
//        15   which headers there are (FrameClass); the tag set by rules (rte_flow's TAG)
//
// A match is a mask over the words, and what must be under it. "Inner" is what one level of tunnel carries
// (packet/tunnel.h). Fields of headers that a frame does not have are zero, and its class says so: a rule never matches
// by a field that is not there.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "packet/headers.h"
#include "packet/parser.h"
#include "packet/tunnel.h"

namespace nicbench {

inline constexpr std::size_t kFieldWords = 16;

enum FieldWord : std::uint8_t {
  kOuterIpv4 = 0,
  kOuterPorts = 1,
  kEthernetTo = 2,
  kEthernetFrom = 3,
  kOuterIpv6 = 4,
  kTunnelMeta = 8,
  kInnerIpv4 = 9,
  kInnerPorts = 10,
  kInnerIpv6 = 11,
  kClassTag = 15,
};

struct alignas(64) Fields {
  std::array<std::uint64_t, kFieldWords> words{};

  friend bool operator==(const Fields&, const Fields&) = default;

  std::uint32_t frame_class() const noexcept { return static_cast<std::uint32_t>(words[kClassTag]); }
  std::uint8_t* bytes(FieldWord word) noexcept { return reinterpret_cast<std::uint8_t*>(&words[word]); }

  void set_meta(std::uint32_t meta) noexcept { store(bytes(kTunnelMeta) + 4, meta); }
  void set_tag(std::uint32_t tag) noexcept { store(bytes(kClassTag) + 4, tag); }
};

// Which headers a frame has: the low half of word 15. Each group of bits is 0 where there is no such header.
struct FrameClass {
  static constexpr std::uint32_t kL3 = 0x003, kIpv4 = 0x001, kIpv6 = 0x002;
  static constexpr std::uint32_t kL4 = 0x00c, kTcp = 0x004, kUdp = 0x008, kIcmp = 0x00c;
  static constexpr std::uint32_t kVlan = 0x010;
  static constexpr std::uint32_t kTunnel = 0x060, kVxlan = 0x020, kGre = 0x040, kGeneve = 0x060;
  // The same bits as of the outer packet, so far to the left.
  static constexpr unsigned kInnerShift = 8;
};

// Reads the fields of a frame. Throws nothing and believes nothing: what cannot be parsed has no such header.
// with_tunnels: also looks into what is carried, which costs a little for each UDP frame.
inline void read_fields(const std::uint8_t* data, std::size_t length, bool with_tunnels, Fields& out) noexcept;

namespace fields_detail {

inline std::uint32_t l4_class(const ParsedFrame& packet) noexcept {
  if (packet.transport == 0) return 0;
  switch (packet.protocol) {
    case kProtocolTcp: return FrameClass::kTcp;
    case kProtocolUdp: return FrameClass::kUdp;
    case kProtocolIcmp:
    case kProtocolIcmp6: return FrameClass::kIcmp;
    default: return 0;
  }
}

// The words of one packet, outer or inner, of a frame; returns its class.
inline std::uint32_t read_packet(const std::uint8_t* data, std::size_t length, const ParsedFrame& packet,
                                 std::uint64_t* ipv4, std::uint64_t* ports, std::uint64_t* ipv6) noexcept {
  const std::uint32_t l4 = l4_class(packet);
  if (packet.kind == FrameKind::kIpv4) {
    std::memcpy(ipv4, &packet.key4, 8);
    std::memcpy(ports, reinterpret_cast<const std::uint8_t*>(&packet.key4) + 8, 8);
  } else if (packet.kind == FrameKind::kIpv6) {
    std::memcpy(ipv6, &packet.key6, 40);
    std::memcpy(ports, &packet.key6.source_port, 5);
  } else {
    return 0;
  }
  // Ports are zero there.
  if (l4 == FrameClass::kIcmp && packet.transport + 2u <= length) std::memcpy(ports, data + packet.transport, 2);
  return (packet.kind == FrameKind::kIpv4 ? FrameClass::kIpv4 : FrameClass::kIpv6) | l4;
}

inline std::uint32_t tunnel_class(const ParsedFrame& outer) noexcept {
  if (outer.protocol == kProtocolGre) return FrameClass::kGre;
  const std::uint16_t port = outer.kind == FrameKind::kIpv4 ? outer.key4.destination_port : outer.key6.destination_port;
  return to_be16(port) == kGenevePort ? FrameClass::kGeneve : FrameClass::kVxlan;
}

// VXLAN and GENEVE both have it in bytes 4 to 6 of their headers.
inline std::uint32_t network_identifier(const std::uint8_t* data, const ParsedFrame& outer) noexcept {
  return outer.protocol == kProtocolGre ? 0 : to_be32(load<std::uint32_t>(data + outer.payload + 4)) >> 8;
}

// Most frames: untagged, IPv4 without options, not fragmented, TCP or UDP with its ports there.
inline bool read_plain(const std::uint8_t* data, std::size_t length, Fields& out) noexcept {
  constexpr std::size_t kIp = kEthernetHeader, kPorts = kIp + kIpv4Header;
  if (length < kPorts + 8 || load<std::uint16_t>(data + 12) != to_be16(kTypeIpv4) || data[kIp] != 0x45) return false;
  if ((load<std::uint16_t>(data + kIp + kIpv4Fragment) & to_be16(0x3fff)) != 0) return false;
  const std::uint8_t protocol = data[kIp + kIpv4Protocol];
  const bool tcp = protocol == kProtocolTcp;
  if (!tcp && protocol != kProtocolUdp) return false;
  if (load_be16(data + kIp + kIpv4Length) < kIpv4Header + kUdpHeader) return false;
  out.words[kOuterIpv4] = load<std::uint64_t>(data + kIp + kIpv4Source);
  out.words[kOuterPorts] = load<std::uint32_t>(data + kPorts) | std::uint64_t{protocol} << 32;
  out.words[kClassTag] = FrameClass::kIpv4 | (tcp ? FrameClass::kTcp : FrameClass::kUdp);
  return true;
}

}  // namespace fields_detail

inline void read_fields(const std::uint8_t* data, std::size_t length, bool with_tunnels, Fields& out) noexcept {
  out = {};
  if (length < kEthernetHeader) return;
  std::memcpy(out.bytes(kEthernetTo), data, 6);
  std::memcpy(out.bytes(kEthernetTo) + 6, data + 12, 2);
  std::memcpy(out.bytes(kEthernetFrom), data + 6, 6);
  const bool plain = fields_detail::read_plain(data, length, out);
  if (plain && (!with_tunnels || (out.frame_class() & FrameClass::kL4) != FrameClass::kUdp)) [[likely]]
    return;
  ParsedFrame packet;
  parse_frame(data, length, packet);
  std::uint32_t frame_class = fields_detail::read_packet(data, length, packet, &out.words[kOuterIpv4],
                                                         &out.words[kOuterPorts], &out.words[kOuterIpv6]);
  const std::uint16_t type = load_be16(data + 12);
  if ((type == kTypeVlan || type == kTypeQinq) && length >= kEthernetHeader + kVlanTag) {
    frame_class |= FrameClass::kVlan;
    std::memcpy(out.bytes(kEthernetFrom) + 6, data + kEthernetHeader, 2);
    std::memcpy(out.bytes(kEthernetTo) + 6, data + (packet.network >= 2 ? packet.network - 2 : 16), 2);
  }
  ParsedFrame inner = packet;
  if (with_tunnels && enter_tunnel(data, length, inner)) {
    frame_class |= fields_detail::tunnel_class(packet);
    out.words[kTunnelMeta] = fields_detail::network_identifier(data, packet);
    frame_class |= fields_detail::read_packet(data, length, inner, &out.words[kInnerIpv4], &out.words[kInnerPorts],
                                              &out.words[kInnerIpv6])
                   << FrameClass::kInnerShift;
  }
  out.words[kClassTag] = frame_class;
}

}  // namespace nicbench
