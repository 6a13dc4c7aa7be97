// IPv4 frames of TCP and UDP as generators make them: one 64-byte header line is copied from a template and patched.
//
// Payload is zero, which adds nothing to a checksum: a TCP or UDP checksum costs a sum over the header's variable
// words, whatever the frame's length. Buffers must start zeroed, and what was stamped be wiped by unstamp().
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "io/frame.h"
#include "packet/checksum.h"
#include "packet/five_tuple.h"
#include "packet/headers.h"
#include "trafficgen/probe.h"

namespace nicbench {

namespace tcp_flag {
inline constexpr std::uint8_t kFin = 0x01, kSyn = 0x02, kAck = 0x10;
}

class FrameTemplate {
 public:
  explicit FrameTemplate(bool tcp) noexcept : tcp_(tcp) {
    std::uint8_t* b = bytes_.data();
    std::copy(kDutMac.begin(), kDutMac.end(), b);
    std::copy(kTesterMac.begin(), kTesterMac.end(), b + kMacBytes);
    store(b + 12, to_be16(kTypeIpv4));
    b[kIp] = 0x45;
    store(b + kIp + kIpv4Fragment, to_be16(0x4000));  // don't fragment
    b[kIp + kIpv4Ttl] = 64;
    b[kIp + kIpv4Protocol] = tcp ? kProtocolTcp : kProtocolUdp;
    if (tcp) {
      b[kL4 + kTcpDataOffset] = 5 << 4;
      store(b + kL4 + 14, to_be16(0xffff));  // window
    }
    payload_ = kL4 + (tcp ? kTcpHeader : kUdpHeader);
    checksum_at_ = kL4 + (tcp ? kTcpChecksum : kUdpChecksum);
    ip_sum_ = sum_bytes(b + kIp, kIpv4Header);
    l4_sum_ = sum_bytes(b + kL4, payload_ - kL4) + to_be16(b[kIp + kIpv4Protocol]);
  }

  // A frame with this tuple, `length` bytes long without FCS. tcp_flags has no meaning for UDP.
  void build(Frame& frame, const FiveTuple4& key, std::uint16_t length, std::uint8_t tcp_flags) const noexcept {
    const auto l4_length = static_cast<std::uint16_t>(length - kL4);
    const std::uint64_t addresses = std::uint64_t{key.source} + key.destination;
    const std::uint64_t ports = std::uint64_t{key.source_port} + key.destination_port;
    std::uint8_t* b = frame.data;
    std::memcpy(b, bytes_.data(), bytes_.size());
    const std::uint16_t ip_length = to_be16(static_cast<std::uint16_t>(length - kIp));
    store(b + kIp + kIpv4Length, ip_length);
    store(b + kIp + kIpv4Checksum, static_cast<std::uint16_t>(~fold16(ip_sum_ + ip_length + addresses)));
    store(b + kIp + kIpv4Source, key.source);
    store(b + kIp + kIpv4Destination, key.destination);
    store(b + kL4, key.source_port);
    store(b + kL4 + 2, key.destination_port);
    std::uint64_t sum = l4_sum_ + addresses + ports + to_be16(l4_length);
    if (tcp_) {
      b[kL4 + kTcpFlags] = tcp_flags;
      sum += to_be16(tcp_flags);
    } else {
      store(b + kL4 + 4, to_be16(l4_length));
      sum += to_be16(l4_length);
    }
    const auto l4_checksum = static_cast<std::uint16_t>(~fold16(sum));
    store<std::uint16_t>(b + checksum_at_, !tcp_ && l4_checksum == 0 ? 0xffff : l4_checksum);
    frame.length = length;
    frame.source = kPlain;
  }

  // Makes a frame of this template a probe; false if it has no room for one.
  bool stamp(Frame& frame, const ProbeSignature& signature) const noexcept {
    if (payload_ + sizeof signature > frame.length) return false;
    stamp_probe(frame.data, payload_, checksum_at_, !tcp_, signature);
    frame.source = kStamped;
    return true;
  }

  // Its buffer is clean again.
  static void unstamp(const Frame& frame) noexcept {
    if (frame.source == kStamped) std::memset(frame.data + kL4 + kTcpHeader, 0, sizeof(ProbeSignature));
  }

  // The header line without what differs from frame to frame, and its sums so far: of the IP header, and of the
  // datagram with its pseudo-header.
  const std::array<std::uint8_t, 64>& bytes() const noexcept { return bytes_; }
  std::uint64_t ip_sum() const noexcept { return ip_sum_; }
  std::uint64_t l4_sum() const noexcept { return l4_sum_; }

  // The header line, and the line into which a probe's signature reaches. Behind them a frame is zero if its buffer is.
  static constexpr std::size_t kWritten = 2 * 64;

  static constexpr std::uint16_t kPlain = 0, kStamped = 1;  // Frame::source

  static bool is_tcp(const Frame& frame) noexcept { return frame.data[kIp + kIpv4Protocol] == kProtocolTcp; }

 private:
  static constexpr std::size_t kIp = kEthernetHeader;
  static constexpr std::size_t kL4 = kIp + kIpv4Header;
  static_assert(kL4 + kTcpHeader + sizeof(ProbeSignature) <= kWritten);
  bool tcp_;
  // Everything but addresses, ports, lengths and checksums.
  alignas(64) std::array<std::uint8_t, 64> bytes_{};
  std::uint64_t ip_sum_ = 0;
  std::uint64_t l4_sum_ = 0;
  std::size_t payload_ = 0;
  std::size_t checksum_at_ = 0;
};

}  // namespace nicbench
