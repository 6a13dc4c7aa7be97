#include "softnic/fields.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "common/random.h"
#include "packet/tests/frame_builder.h"

namespace nicbench {
namespace {

using testing::FrameBuilder;
using Bytes = std::vector<std::uint8_t>;

Fields fields_of(const Bytes& frame, bool with_tunnels = true) {
  Fields fields;
  read_fields(frame.data(), frame.size(), with_tunnels, fields);
  return fields;
}

Bytes udp4() {
  FrameBuilder frame;
  return frame.ethernet(kTypeIpv4).ipv4(kProtocolUdp, 12).udp(1000, 2000).zeros(4).build();
}

Bytes vxlan() {
  FrameBuilder frame;
  frame.ethernet(kTypeIpv4).ipv4(kProtocolUdp, 8 + 8 + 14 + 32).udp(50000, kVxlanPort);
  frame.bytes({8, 0, 0, 0, 0x12, 0x34, 0x56, 0}).ethernet(kTypeIpv4);
  return frame.ipv4(kProtocolUdp, 12).udp(1000, 2000).zeros(4).build();
}

TEST(Fields, OfPlainFramesAreWhereTheyStand) {
  const Bytes frame = udp4();
  const Fields fields = fields_of(frame);
  EXPECT_EQ(fields.frame_class(), FrameClass::kIpv4 | FrameClass::kUdp);
  EXPECT_EQ(fields.words[kOuterIpv4], load<std::uint64_t>(frame.data() + 26));
  EXPECT_EQ(fields.words[kOuterPorts], load<std::uint32_t>(frame.data() + 34) | std::uint64_t{17} << 32);
  EXPECT_EQ(std::memcmp(&fields.words[kEthernetTo], frame.data(), 6), 0);
  EXPECT_EQ(std::memcmp(&fields.words[kEthernetFrom], frame.data() + 6, 6), 0);
}

// The quick way must read what the parser does: the tunnel flag sends UDP through the parser.
TEST(Fields, AreTheSameWithAndWithoutTheParser) { EXPECT_EQ(fields_of(udp4(), false), fields_of(udp4(), true)); }

TEST(Fields, OfATunnelAreThoseOfBothPackets) {
  const Fields fields = fields_of(vxlan());
  const Fields inner = fields_of(udp4());
  EXPECT_EQ(fields.frame_class() & FrameClass::kTunnel, FrameClass::kVxlan);
  EXPECT_EQ(fields.frame_class() >> FrameClass::kInnerShift, inner.frame_class());
  EXPECT_EQ(fields.words[kInnerPorts], inner.words[kOuterPorts]);
  EXPECT_EQ(fields.words[kInnerIpv4], inner.words[kOuterIpv4]);
  EXPECT_EQ(fields.words[kTunnelMeta], 0x123456u);
  EXPECT_EQ(fields_of(vxlan(), false).frame_class(), FrameClass::kIpv4 | FrameClass::kUdp);
}

TEST(Fields, OfATagAreItsControlAndTheTypeBehindIt) {
  FrameBuilder builder;
  const Bytes frame =
      builder.ethernet(kTypeVlan).be16(0x2064).be16(kTypeIpv4).ipv4(kProtocolUdp, 12).udp(1, 2).zeros(4).build();
  Fields fields = fields_of(frame);
  EXPECT_EQ(fields.frame_class(), FrameClass::kVlan | FrameClass::kIpv4 | FrameClass::kUdp);
  EXPECT_EQ(load_be16(fields.bytes(kEthernetFrom) + 6), 0x2064);
  EXPECT_EQ(load_be16(fields.bytes(kEthernetTo) + 6), kTypeIpv4);
}

TEST(Fields, OfIcmpAreItsTypeAndCodeWherePortsAreOfOthers) {
  FrameBuilder builder;
  const Bytes frame = builder.ethernet(kTypeIpv4).ipv4(kProtocolIcmp, 8).bytes({3, 13}).zeros(6).build();
  const Fields fields = fields_of(frame);
  EXPECT_EQ(fields.frame_class(), FrameClass::kIpv4 | FrameClass::kIcmp);
  EXPECT_EQ(fields.words[kOuterPorts], 3u | 13u << 8 | std::uint64_t{kProtocolIcmp} << 32);
}

TEST(Fields, OfCutAndRandomBytesAreReadWithinTheirLength) {
  Xoshiro256 random(3);
  const Bytes whole = vxlan();
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));  // ASan watches its end
    const Fields fields = fields_of(cut);
    EXPECT_TRUE(length >= 34 || fields.frame_class() == 0) << length;
  }
  for (int i = 0; i < 20'000; ++i) {
    Bytes noise(random.below(120));
    for (std::uint8_t& byte : noise) byte = static_cast<std::uint8_t>(random());
    if (noise.size() > 14) noise[12] = random.below(2) != 0 ? 0x08 : 0x81, noise[13] = 0;
    fields_of(noise);
  }
}

}  // namespace
}  // namespace nicbench
