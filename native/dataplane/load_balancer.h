// An L4 load balancer's view of its servers, and how a frame is turned towards one of them.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "packet/checksum.h"
#include "packet/headers.h"
#include "packet/parser.h"

namespace nicbench {

inline constexpr std::size_t kMaxBackends = 1 << 16;

// Servers are numbered; server n is 172.16.0.0 + n, or fd00::n.
inline std::uint32_t backend_address4(std::uint16_t backend) noexcept { return to_be32(0xac100000u | backend); }

inline std::array<std::uint8_t, 16> backend_address6(std::uint16_t backend) noexcept {
  std::array<std::uint8_t, 16> address{0xfd};
  store(address.data() + 14, to_be16(backend));
  return address;
}

// Spreads new flows over the servers by their hash: the same flow gets the same server, without state.
inline std::uint16_t choose_backend(std::uint64_t hash, std::uint32_t backends) noexcept {
  return static_cast<std::uint16_t>(((hash >> 32) * backends) >> 32);
}

namespace detail {

// Updates the TCP or UDP checksum for changed pseudo-header words (RFC 1624; RFC 768 for absent UDP sums).
inline void update_transport(std::uint8_t* data, const ParsedFrame& frame, std::uint64_t old_sum,
                             std::uint64_t new_sum) noexcept {
  if (frame.payload == 0) return;  // no TCP or UDP header to read
  const bool udp = frame.protocol == kProtocolUdp;
  std::uint8_t* at = data + frame.transport + (udp ? kUdpChecksum : kTcpChecksum);
  const auto before = load<std::uint16_t>(at);
  if (udp && before == 0) return;
  const std::uint16_t after = update_checksum(before, old_sum, new_sum);
  store<std::uint16_t>(at, udp && after == 0 ? 0xffff : after);
}

}  // namespace detail

// Rewrites the destination address to the backend's, with checksums. frame.kind must be kIpv4 or kIpv6.
inline void send_to_backend(std::uint8_t* data, const ParsedFrame& frame, std::uint16_t backend) noexcept {
  std::uint8_t* ip = data + frame.network;
  if (frame.kind == FrameKind::kIpv4) {
    const auto before = load<std::uint32_t>(ip + kIpv4Destination);
    const std::uint32_t after = backend_address4(backend);
    store(ip + kIpv4Destination, after);
    store(ip + kIpv4Checksum, update_checksum(load<std::uint16_t>(ip + kIpv4Checksum), before, after));
    detail::update_transport(data, frame, before, after);
    return;
  }
  const auto after = backend_address6(backend);
  const std::uint64_t old_sum = sum_bytes(ip + kIpv6Destination, after.size());
  std::memcpy(ip + kIpv6Destination, after.data(), after.size());
  detail::update_transport(data, frame, old_sum, sum_bytes(after.data(), after.size()));
}

}  // namespace nicbench
