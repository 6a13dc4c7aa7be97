// From a frame to its flow key: Ethernet, up to two VLAN tags, IPv4 or IPv6 with extension headers, and
// the ports of TCP, UDP and SCTP.
//
// Every read is bounds-checked against the captured length, so that truncated and hostile frames are
// classified, never believed. A frame that cannot be tracked says why.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "packet/five_tuple.h"
#include "packet/headers.h"

namespace nicbench {

enum class FrameKind : std::uint8_t {
  kIpv4,       // key4 is set
  kIpv6,       // key6 is set
  kFragment,   // later IP fragment: has no ports (RFC 791 §3.2, RFC 8200 §4.5)
  kOther,      // not IP: ARP, LLDP, …
  kTruncated,  // a header is cut off
  kMalformed,  // a header contradicts itself
};

struct ParsedFrame {
  FrameKind kind = FrameKind::kOther;
  std::uint8_t protocol = 0;      // upper-layer protocol, where IP
  std::uint16_t network = 0;      // offset of the IP header
  std::uint16_t transport = 0;    // offset of the upper-layer header; 0 where there is none to read
  std::uint16_t payload = 0;      // offset behind the TCP or UDP header; 0 for other protocols
  std::uint16_t network_end = 0;  // offset behind the IP packet, by its own length field
  union {
    FiveTuple4 key4;
    FiveTuple6 key6;
  };

  ParsedFrame() noexcept : key6{} {}
};

// Parses `captured` bytes. A UDP, TCP or SCTP key has ports; other protocols have zero ports.
inline FrameKind parse_frame(const std::uint8_t* data, std::size_t captured, ParsedFrame& out) noexcept;

namespace parser_detail {

// Ports, and where the payload starts. Only the first 4 bytes are needed for a key.
inline FrameKind parse_transport(const std::uint8_t* data, std::size_t captured, std::size_t at, std::size_t end,
                                 FrameKind kind, ParsedFrame& out, std::uint16_t& source_port,
                                 std::uint16_t& destination_port) noexcept {
  const bool has_ports = out.protocol == kProtocolTcp || out.protocol == kProtocolUdp || out.protocol == kProtocolSctp;
  if (!has_ports) {
    if (at > end) return FrameKind::kMalformed;
    if (at > captured) return FrameKind::kTruncated;
    out.transport = static_cast<std::uint16_t>(at);
    return kind;
  }
  if (at + 4 > end) return FrameKind::kMalformed;
  if (at + 4 > captured) return FrameKind::kTruncated;
  out.transport = static_cast<std::uint16_t>(at);
  source_port = load<std::uint16_t>(data + at);
  destination_port = load<std::uint16_t>(data + at + 2);
  if (out.protocol == kProtocolUdp && at + kUdpHeader <= captured) {
    out.payload = static_cast<std::uint16_t>(at + kUdpHeader);
  } else if (out.protocol == kProtocolTcp && at + kTcpHeader <= captured) {
    const std::size_t header = static_cast<std::size_t>(data[at + kTcpDataOffset] >> 4) * 4;
    if (header < kTcpHeader) return FrameKind::kMalformed;
    out.payload = static_cast<std::uint16_t>(at + header);
  }
  return kind;
}

inline FrameKind parse_ipv4(const std::uint8_t* data, std::size_t captured, std::size_t at, ParsedFrame& out) noexcept {
  if (at + kIpv4Header > captured) return FrameKind::kTruncated;
  const std::uint8_t* ip = data + at;
  const std::size_t header = static_cast<std::size_t>(ip[0] & 0xf) * 4;
  std::size_t length = load_be16(ip + kIpv4Length);
  if (length == 0) length = captured - at;  // as captured before segmentation offload filled it in
  if ((ip[0] >> 4) != 4 || header < kIpv4Header || length < header) return FrameKind::kMalformed;
  out.network = static_cast<std::uint16_t>(at);
  out.network_end = static_cast<std::uint16_t>(at + length);
  out.protocol = ip[kIpv4Protocol];
  if ((load_be16(ip + kIpv4Fragment) & 0x1fff) != 0) return FrameKind::kFragment;
  FiveTuple4 key;
  key.source = load<std::uint32_t>(ip + kIpv4Source);
  key.destination = load<std::uint32_t>(ip + kIpv4Destination);
  key.protocol = out.protocol;
  const FrameKind kind = parse_transport(data, captured, at + header, at + length, FrameKind::kIpv4, out,
                                         key.source_port, key.destination_port);
  out.key4 = key;
  return kind;
}

// Walks hop-by-hop, routing and destination options to the upper layer (RFC 8200 §4).
inline FrameKind parse_ipv6(const std::uint8_t* data, std::size_t captured, std::size_t at, ParsedFrame& out) noexcept {
  if (at + kIpv6Header > captured) return FrameKind::kTruncated;
  const std::uint8_t* ip = data + at;
  if ((ip[0] >> 4) != 6) return FrameKind::kMalformed;
  out.network = static_cast<std::uint16_t>(at);
  const std::size_t end = at + kIpv6Header + load_be16(ip + kIpv6Length);
  out.network_end = static_cast<std::uint16_t>(end);
  std::uint8_t next = ip[kIpv6NextHeader];
  std::size_t header = at + kIpv6Header;
  for (int hops = 0; next == 0 || next == 43 || next == 60 || next == 44; ++hops) {
    if (hops == 8 || header + 8 > end) return FrameKind::kMalformed;
    if (header + 8 > captured) return FrameKind::kTruncated;
    const bool fragment = next == 44;
    if (fragment && (load_be16(data + header + 2) & 0xfff8) != 0) {
      out.protocol = data[header];
      return FrameKind::kFragment;
    }
    next = data[header];
    header += fragment ? 8 : (static_cast<std::size_t>(data[header + 1]) + 1) * 8;
  }
  out.protocol = next;
  FiveTuple6 key;
  std::memcpy(key.source.data(), ip + kIpv6Source, 16);
  std::memcpy(key.destination.data(), ip + kIpv6Destination, 16);
  key.protocol = next;
  const FrameKind kind =
      parse_transport(data, captured, header, end, FrameKind::kIpv6, out, key.source_port, key.destination_port);
  out.key6 = key;
  return kind;
}

}  // namespace parser_detail

// Parses an IP packet that does not start its frame, as an ICMP error quotes one: `at` is the offset of its header,
// `captured` the end of what may be read.
inline FrameKind parse_packet(const std::uint8_t* data, std::size_t captured, std::size_t at, bool ipv6,
                              ParsedFrame& out) noexcept {
  out.transport = out.payload = 0;
  return out.kind = ipv6 ? parser_detail::parse_ipv6(data, captured, at, out)
                         : parser_detail::parse_ipv4(data, captured, at, out);
}

// Parses an Ethernet frame that starts at `at`, as tunnels carry them.
inline FrameKind parse_ethernet(const std::uint8_t* data, std::size_t captured, std::size_t at,
                                ParsedFrame& out) noexcept {
  out.transport = out.payload = 0;
  if (at + kEthernetHeader > captured) return out.kind = FrameKind::kTruncated;
  std::uint16_t type = load_be16(data + at + 12);
  at += kEthernetHeader;
  for (int tags = 0; (type == kTypeVlan || type == kTypeQinq) && tags < 2; ++tags) {
    if (at + kVlanTag > captured) return out.kind = FrameKind::kTruncated;
    type = load_be16(data + at + 2);
    at += kVlanTag;
  }
  if (type == kTypeIpv4 || type == kTypeIpv6) return parse_packet(data, captured, at, type == kTypeIpv6, out);
  return out.kind = FrameKind::kOther;
}

inline FrameKind parse_frame(const std::uint8_t* data, std::size_t captured, ParsedFrame& out) noexcept {
  return parse_ethernet(data, captured, 0, out);
}

}  // namespace nicbench
