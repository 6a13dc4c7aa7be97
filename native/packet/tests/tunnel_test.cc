#include "packet/tunnel.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/random.h"
#include "packet/tests/frame_builder.h"

namespace nicbench {
namespace {

using testing::FrameBuilder;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint16_t kInner = 20 + 8 + 4;  // IPv4, UDP, 4 bytes

FrameBuilder& inner_ipv4(FrameBuilder& frame) { return frame.ipv4(kProtocolUdp, 12).udp(1000, 2000).zeros(4); }

Bytes vxlan(int flags = 0x08) {
  FrameBuilder frame;
  frame.ethernet(kTypeIpv4).ipv4(kProtocolUdp, 8 + 8 + 14 + kInner).udp(50000, kVxlanPort);
  frame.bytes({flags, 0, 0, 0, 0, 0, 42, 0}).ethernet(kTypeIpv4);
  return inner_ipv4(frame).build();
}

Bytes geneve(int options, std::uint16_t type = kTypeBridging) {
  FrameBuilder frame;
  const auto inner = static_cast<std::uint16_t>((type == kTypeBridging ? 14 : 0) + kInner);
  frame.ethernet(kTypeIpv4).ipv4(kProtocolUdp, static_cast<std::uint16_t>(8 + 8 + 4 * options + inner));
  frame.udp(50000, kGenevePort).bytes({options, 0}).be16(type).zeros(4 + 4 * static_cast<std::size_t>(options));
  if (type == kTypeBridging) frame.ethernet(kTypeIpv4);
  return inner_ipv4(frame).build();
}

Bytes gre(int flags, std::size_t optional) {
  FrameBuilder frame;
  frame.ethernet(kTypeIpv4).ipv4(kProtocolGre, static_cast<std::uint16_t>(4 + optional + kInner));
  frame.bytes({flags, 0}).be16(kTypeIpv4).zeros(optional);
  return inner_ipv4(frame).build();
}

ParsedFrame innermost(const Bytes& bytes) {
  ParsedFrame parsed;
  parse_innermost(bytes.data(), bytes.size(), parsed);
  return parsed;
}

TEST(Tunnel, FindsThePacketInsideEveryKind) {
  const std::vector<Bytes> frames{vxlan(),   geneve(0),    geneve(63),   geneve(0, kTypeIpv4),
                                  gre(0, 0), gre(0x80, 4), gre(0x20, 4), gre(0xb0, 12)};
  for (const Bytes& frame : frames) {
    const ParsedFrame parsed = innermost(frame);
    ASSERT_EQ(parsed.kind, FrameKind::kIpv4);
    EXPECT_EQ(parsed.key4.destination_port, to_be16(2000));
    EXPECT_EQ(parsed.payload, frame.size() - 4);
    EXPECT_EQ(parsed.network_end, frame.size());
  }
}

TEST(Tunnel, LeavesAPacketAsItIsWhoseTunnelHeaderContradictsItself) {
  EXPECT_EQ(innermost(vxlan(0x00)).key4.destination_port, to_be16(kVxlanPort));
  Bytes options = geneve(0);
  options[42] = 63;  // more than the frame has
  EXPECT_EQ(innermost(options).key4.destination_port, to_be16(kGenevePort));
  Bytes version = geneve(0);
  version[42] |= 0x40;
  EXPECT_EQ(innermost(version).key4.destination_port, to_be16(kGenevePort));
  Bytes pptp = gre(0, 0);
  pptp[35] = 1;  // version 1 is another protocol (RFC 2637)
  EXPECT_EQ(innermost(pptp).protocol, kProtocolGre);
}

TEST(Tunnel, NeverReadsBehindTheFrame) {
  Xoshiro256 random(3);
  for (int round = 0; round < 20000; ++round) {
    Bytes bytes = round % 3 == 0 ? vxlan() : round % 3 == 1 ? geneve(1) : gre(0x20, 4);
    for (int change = 0; change < 2; ++change) bytes[random.below(bytes.size())] = static_cast<std::uint8_t>(random());
    bytes.resize(random.below(bytes.size() + 1));
    const Bytes exact(bytes.begin(), bytes.end());  // the sanitizer sees reads behind it
    const ParsedFrame parsed = innermost(exact);
    if (parsed.payload != 0) EXPECT_LE(parsed.payload, exact.size());
  }
}

}  // namespace
}  // namespace nicbench
