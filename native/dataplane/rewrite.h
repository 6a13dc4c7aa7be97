// Changes addresses and ports in a frame, with every checksum that covers them, incrementally (RFC 1624).
//
// One call changes one end of the packet, its source or its destination. The IPv4 header checksum covers addresses;
// TCP, UDP and ICMPv6 checksums cover addresses (pseudo-header) and ports or identifier, ICMPv4's the identifier only;
// a UDP checksum of 0 over IPv4 means that there is none and stays so (RFC 768).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "packet/checksum.h"
#include "packet/headers.h"
#include "packet/parser.h"

namespace nicbench {

enum class End : std::uint8_t { kSource, kDestination };

namespace rewrite_detail {

inline constexpr std::size_t kIcmpChecksum = 2;
inline constexpr std::size_t kIcmpIdentifier = 4;

// What a change of some words adds to every one's-complement sum that covers them: -old + new (RFC 1624 eqn. 3), folded
// to 16 bits once, however many checksums it is applied to.
class SumChange {
 public:
  constexpr SumChange(std::uint64_t old_sum, std::uint64_t new_sum) noexcept
      : change_(fold16(static_cast<std::uint64_t>(static_cast<std::uint16_t>(~fold16(old_sum))) + new_sum)) {}
  // Two words at once: ~before is -before, since 2^32 - 1 is a multiple of 2^16 - 1.
  static constexpr SumChange of_words(std::uint32_t before, std::uint32_t after) noexcept {
    return SumChange(fold16(std::uint64_t{~before} + after));
  }

  constexpr std::uint16_t apply(std::uint16_t checksum) const noexcept {
    const std::uint32_t sum = static_cast<std::uint32_t>(static_cast<std::uint16_t>(~checksum)) + change_;
    return static_cast<std::uint16_t>(~((sum & 0xffffu) + (sum >> 16)));
  }

 private:
  explicit constexpr SumChange(std::uint16_t change) noexcept : change_(change) {}
  std::uint16_t change_;
};

// Offset of the checksum of the upper layer in its header; 0 if it has none that we know or it is cut off.
inline std::size_t checksum_offset(const ParsedFrame& frame, std::size_t end) noexcept {
  std::size_t at = 0;
  if (frame.protocol == kProtocolTcp) {
    at = kTcpChecksum;
  } else if (frame.protocol == kProtocolUdp) {
    at = kUdpChecksum;
  } else if (frame.protocol == (frame.kind == FrameKind::kIpv4 ? kProtocolIcmp : kProtocolIcmp6)) {
    at = kIcmpChecksum;
  }
  return frame.transport + at + 2 <= end ? at : 0;
}

[[gnu::always_inline]] inline void update_transport(std::uint8_t* data, const ParsedFrame& frame, std::size_t end,
                                                    SumChange change) noexcept {
  const std::size_t at = checksum_offset(frame, end);
  if (at == 0) return;
  std::uint8_t* field = data + frame.transport + at;
  const auto before = load<std::uint16_t>(field);
  std::uint16_t after = change.apply(before);
  if (frame.protocol == kProtocolUdp) {
    if (before == 0) return;
    if (after == 0) after = 0xffff;
  }
  store(field, after);
}

// Where the port of this end stands; for ICMP both ends are the identifier.
inline std::size_t port_offset(const ParsedFrame& frame, End which) noexcept {
  if (frame.protocol == kProtocolIcmp || frame.protocol == kProtocolIcmp6) return kIcmpIdentifier;
  return which == End::kSource ? 0 : 2;
}

}  // namespace rewrite_detail

// Rewrites the address of an IPv4 packet. `end`: the end of what may be touched, at most the frame's length.
[[gnu::always_inline]] inline void rewrite_address(std::uint8_t* data, const ParsedFrame& frame, std::size_t end,
                                                   End which, std::uint32_t address) noexcept {
  std::uint8_t* ip = data + frame.network;
  std::uint8_t* field = ip + (which == End::kSource ? kIpv4Source : kIpv4Destination);
  const auto before = load<std::uint32_t>(field);
  store(field, address);
  const auto change = rewrite_detail::SumChange::of_words(before, address);
  store(ip + kIpv4Checksum, change.apply(load<std::uint16_t>(ip + kIpv4Checksum)));
  if (frame.protocol != kProtocolIcmp) rewrite_detail::update_transport(data, frame, end, change);
}

// Rewrites the address of an IPv6 packet.
inline void rewrite_address(std::uint8_t* data, const ParsedFrame& frame, std::size_t end, End which,
                            const std::array<std::uint8_t, 16>& address) noexcept {
  std::uint8_t* field = data + frame.network + (which == End::kSource ? kIpv6Source : kIpv6Destination);
  const std::uint64_t before = sum_bytes(field, address.size());
  std::memcpy(field, address.data(), address.size());
  rewrite_detail::update_transport(data, frame, end, {before, sum_bytes(address.data(), address.size())});
}

// Rewrites the port of TCP or UDP, or the identifier of an ICMP echo message; `port` in network byte order.
inline void rewrite_port(std::uint8_t* data, const ParsedFrame& frame, std::size_t end, End which,
                         std::uint16_t port) noexcept {
  std::uint8_t* field = data + frame.transport + rewrite_detail::port_offset(frame, which);
  const auto before = load<std::uint16_t>(field);
  store(field, port);
  rewrite_detail::update_transport(data, frame, end, {before, port});
}

}  // namespace nicbench
