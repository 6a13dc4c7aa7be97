// Frames of FrameTemplate, a burst at a time.
//
// First all header fields of the burst are computed, each kind in an array of its own: the same arithmetic for every
// frame, without a branch, which the compiler does for 8 or 16 frames at once. Then each frame's header line is
// written: the template's 64 bytes and five stores on top.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

#include "io/frame.h"
#include "packet/checksum.h"
#include "packet/headers.h"
#include "trafficgen/flow_model.h"
#include "trafficgen/flow_tuples.h"
#include "trafficgen/frame_template.h"

namespace nicbench {

class BurstTemplate {
 public:
  explicit BurstTemplate(const FlowTuples& tuples) noexcept
      : tuples_(tuples), templates_{FrameTemplate(false), FrameTemplate(true)} {
    for (std::size_t tcp = 0; tcp < 2; ++tcp) {
      ip_sum_[tcp] = fold16(templates_[tcp].ip_sum());
      l4_sum_[tcp] = fold16(templates_[tcp].l4_sum());
    }
  }

  // frames: at most a burst, as many as `scheduled`. The same bytes as FrameTemplate::build() would make.
  void build(std::span<Frame> frames, const std::array<ScheduledFrame, kBurst>& scheduled) const noexcept {
    Fields fields;
    compute(scheduled, fields);
    for (std::size_t i = 0; i < frames.size(); ++i) write(frames[i], fields, i);
  }

  bool stamp(Frame& frame, const ProbeSignature& signature) const noexcept {
    return templates_[FrameTemplate::is_tcp(frame)].stamp(frame, signature);
  }

 private:
  static_assert(std::endian::native == std::endian::little);
  using Lanes = std::array<std::uint32_t, kBurst>;

  // As they stand in the header, but for length, tcp and flags.
  struct alignas(64) Fields {
    Lanes source, destination, ports;  // source port in the lower half
    Lanes lengths;                     // of the packet in the lower half, of the datagram in the upper (TCP: 0)
    Lanes checksums;                   // of IP in the lower half, of TCP or UDP in the upper
    Lanes length, tcp, flags;          // flags: of UDP 0
  };

  static constexpr std::uint32_t swap16(std::uint32_t x) noexcept { return (x << 8 | x >> 8) & 0xffffu; }
  static constexpr std::uint32_t halves(std::uint32_t x) noexcept { return (x & 0xffffu) + (x >> 16); }
  // ~fold16() of a sum below 2^31.
  static constexpr std::uint32_t checksum_of(std::uint32_t sum) noexcept { return ~halves(halves(sum)) & 0xffffu; }

  // All lanes, also those without a frame: a fixed count is what the compiler makes vectors of.
  void compute(const std::array<ScheduledFrame, kBurst>& scheduled, Fields& out) const noexcept {
    Lanes flows, kinds;
    for (std::size_t i = 0; i < kBurst; ++i) {
      const auto words = std::bit_cast<std::array<std::uint32_t, 2>>(scheduled[i]);
      flows[i] = words[0];
      kinds[i] = words[1];
    }
    const FlowTuples tuples = tuples_;
    const std::uint32_t udp_ip = ip_sum_[0], tcp_ip = ip_sum_[1], udp_l4 = l4_sum_[0], tcp_l4 = l4_sum_[1];
    for (std::size_t i = 0; i < kBurst; ++i) {
      const std::uint32_t flow = flows[i], kind = kinds[i];
      const std::uint32_t length = kind & 0xffffu;
      const std::uint32_t tcp = kind >> 16 & 1, reply = kind >> 17 & 1;
      const std::uint32_t given = kind >> 24;
      const std::uint32_t flags = tcp != 0 ? (given != 0 ? given : tcp_flag::kAck) : 0;
      const FlowEnds ends = tuples.ends(flow, tcp);
      const std::uint32_t ip_length = swap16(length - kIp);
      const std::uint32_t l4_length = swap16(length - kL4);
      const std::uint32_t addresses = halves(ends.client) + halves(ends.server);
      const std::uint32_t ip_checksum = checksum_of((tcp != 0 ? tcp_ip : udp_ip) + ip_length + addresses);
      const std::uint32_t rest = tcp != 0 ? tcp_l4 + (flags << 8) : udp_l4 + l4_length;
      const std::uint32_t l4_checksum = checksum_of(rest + addresses + ends.client_port + ends.server_port + l4_length);
      out.source[i] = reply != 0 ? ends.server : ends.client;
      out.destination[i] = reply != 0 ? ends.client : ends.server;
      out.ports[i] = reply != 0 ? ends.server_port | ends.client_port << 16 : ends.client_port | ends.server_port << 16;
      out.lengths[i] = ip_length | (tcp != 0 ? 0 : l4_length) << 16;
      out.checksums[i] = ip_checksum | (tcp == 0 && l4_checksum == 0 ? 0xffffu : l4_checksum) << 16;
      out.length[i] = length;
      out.tcp[i] = tcp;
      out.flags[i] = flags;
    }
  }

  void write(Frame& frame, const Fields& fields, std::size_t i) const noexcept {
    const std::uint32_t tcp = fields.tcp[i];
    const std::uint64_t source = fields.source[i], destination = fields.destination[i], ports = fields.ports[i];
    const std::uint64_t checksums = fields.checksums[i], lengths = fields.lengths[i];
    std::uint8_t* b = frame.data;
    std::memcpy(b, templates_[tcp].bytes().data(), kHeaderLine);
    store(b + kIp + kIpv4Length, static_cast<std::uint16_t>(lengths));
    // From the IP checksum to the destination's first half; from its second half to the UDP length.
    store(b + kIp + kIpv4Checksum, (checksums & 0xffffu) | source << 16 | destination << 48);
    store(b + kIp + kIpv4Checksum + 8, destination >> 16 | ports << 16 | lengths >> 16 << 48);
    b[kL4 + kTcpFlags] = static_cast<std::uint8_t>(fields.flags[i]);
    store(b + (tcp != 0 ? kL4 + kTcpChecksum : kL4 + kUdpChecksum), static_cast<std::uint16_t>(checksums >> 16));
    frame.length = static_cast<std::uint16_t>(fields.length[i]);
    frame.source = FrameTemplate::kPlain;
  }

  static constexpr std::size_t kIp = kEthernetHeader;
  static constexpr std::size_t kL4 = kIp + kIpv4Header;
  static constexpr std::size_t kHeaderLine = 64;

  const FlowTuples tuples_;
  const std::array<FrameTemplate, 2> templates_;
  std::array<std::uint32_t, 2> ip_sum_, l4_sum_;  // of UDP and of TCP
};

}  // namespace nicbench
