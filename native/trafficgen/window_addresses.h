// Addresses of a capture's windows: the same packet in another window belongs to another flow.
//
// All addresses of a window are changed alike, so that both directions of a connection stay together: the last 24 bits
// of IPv4, the last 64 of IPv6, by exclusive or with a number of the window. Checksums follow (RFC 1624), wrong ones
// stay wrong. What an ICMP error quotes, and what a tunnel carries, stays as it is.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/random.h"
#include "packet/checksum.h"
#include "packet/parser.h"

namespace nicbench {
namespace window_detail {

inline void change(std::uint8_t* address, std::size_t bytes, std::uint64_t mask) noexcept {
  for (std::size_t i = 0; i < bytes; ++i) address[i] ^= static_cast<std::uint8_t>(mask >> (8 * i));
}

// Offset in the upper-layer header of a checksum that covers the addresses, or none.
inline std::size_t checksum_offset(std::uint8_t protocol) noexcept {
  switch (protocol) {
    case kProtocolTcp: return kTcpChecksum;
    case kProtocolUdp: return kUdpChecksum;
    case kProtocolIcmp6: return 2;  // RFC 4443 §2.3
    default: return 0;
  }
}

}  // namespace window_detail

// `parsed` is the frame of window 0; frames without an IP header stay as they are.
inline void move_to_window(std::uint8_t* frame, std::size_t length, const ParsedFrame& parsed,
                           std::uint64_t window) noexcept {
  const bool has_addresses =
      parsed.kind == FrameKind::kIpv4 || parsed.kind == FrameKind::kIpv6 || parsed.kind == FrameKind::kFragment;
  if (window == 0 || !has_addresses) return;
  std::uint8_t* ip = frame + parsed.network;
  const bool ipv6 = (ip[0] >> 4) == 6;
  const std::size_t bytes = ipv6 ? 16 : 4, changed = ipv6 ? 8 : 3;
  std::uint8_t* addresses = ip + (ipv6 ? kIpv6Source : kIpv4Source);
  const std::uint64_t before = sum_bytes(addresses, 2 * bytes);
  const std::uint64_t mask = splitmix64(window);
  window_detail::change(addresses + bytes - changed, changed, mask);
  window_detail::change(addresses + 2 * bytes - changed, changed, mask);
  const std::uint64_t after = sum_bytes(addresses, 2 * bytes);
  const auto follow = [&](std::uint8_t* at) { store(at, update_checksum(load<std::uint16_t>(at), before, after)); };
  if (!ipv6) follow(ip + kIpv4Checksum);
  const std::size_t offset = window_detail::checksum_offset(parsed.protocol);
  if (offset == 0 || parsed.transport == 0 || parsed.transport + offset + 2 > length) return;
  std::uint8_t* at = frame + parsed.transport + offset;
  const bool udp = parsed.protocol == kProtocolUdp;
  if (udp && load<std::uint16_t>(at) == 0) return;  // no checksum (RFC 768)
  follow(at);
  if (udp && load<std::uint16_t>(at) == 0) store<std::uint16_t>(at, 0xffff);
}

}  // namespace nicbench
