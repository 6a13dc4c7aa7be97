#include "packet/parser.h"

#include <gtest/gtest.h>

#include <memory>

#include "common/random.h"
#include "packet/flow_set.h"
#include "packet/tests/frame_builder.h"

namespace nicbench {
namespace {

using testing::FrameBuilder;

ParsedFrame parse(const std::vector<std::uint8_t>& frame) {
  // A copy of exact size, so that the address sanitizer sees any read behind the end.
  const auto copy = std::make_unique<std::uint8_t[]>(frame.size());
  std::copy(frame.begin(), frame.end(), copy.get());
  ParsedFrame parsed;
  parse_frame(copy.get(), frame.size(), parsed);
  return parsed;
}

TEST(Parser, FindsTheFiveTupleOfUdpOverIpv4) {
  const auto parsed = parse(FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolUdp, 8).udp(1000, 53).build());
  ASSERT_EQ(parsed.kind, FrameKind::kIpv4);
  EXPECT_EQ(parsed.key4.source, to_be32(0x0a000001));
  EXPECT_EQ(parsed.key4.destination, to_be32(0x0a000002));
  EXPECT_EQ(parsed.key4.source_port, to_be16(1000));
  EXPECT_EQ(parsed.key4.destination_port, to_be16(53));
  EXPECT_EQ(parsed.key4.protocol, kProtocolUdp);
  EXPECT_EQ(parsed.payload, 42);
}

TEST(Parser, SkipsOneAndTwoVlanTags) {
  const auto one = FrameBuilder().ethernet(kTypeVlan).vlan(kTypeIpv4).ipv4(kProtocolTcp, 20).tcp(1, 2).build();
  EXPECT_EQ(parse(one).kind, FrameKind::kIpv4);
  EXPECT_EQ(parse(one).transport, 38);
  const auto two =
      FrameBuilder().ethernet(kTypeQinq).vlan(kTypeVlan).vlan(kTypeIpv6).ipv6(kProtocolTcp, 20).tcp(1, 2).build();
  EXPECT_EQ(parse(two).kind, FrameKind::kIpv6);
  EXPECT_EQ(parse(two).payload, 14 + 8 + 40 + 20);
}

TEST(Parser, WalksIpv6ExtensionHeadersToTheUpperLayer) {
  const auto frame = FrameBuilder()
                         .ethernet(kTypeIpv6)
                         .ipv6(0, 8 + 16 + 8)
                         .bytes({60, 0, 0, 0, 0, 0, 0, 0})  // hop-by-hop, then options
                         .bytes({kProtocolUdp, 1})
                         .zeros(14)  // 16 bytes of destination options
                         .udp(7, 8)
                         .build();
  const auto parsed = parse(frame);
  ASSERT_EQ(parsed.kind, FrameKind::kIpv6);
  EXPECT_EQ(parsed.protocol, kProtocolUdp);
  EXPECT_EQ(parsed.key6.source_port, to_be16(7));
  EXPECT_EQ(parsed.transport, 14 + 40 + 24);
}

TEST(Parser, TracksFirstFragmentsAndTellsLaterOnesApart) {
  const auto first = FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolUdp, 8, 0x2000).udp(1, 2).build();
  EXPECT_EQ(parse(first).kind, FrameKind::kIpv4);
  const auto later = FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolUdp, 8, 0x2001).udp(1, 2).build();
  EXPECT_EQ(parse(later).kind, FrameKind::kFragment);
  const auto later6 =
      FrameBuilder().ethernet(kTypeIpv6).ipv6(44, 16).bytes({kProtocolUdp, 0, 0, 8, 0, 0, 0, 1}).udp(1, 2).build();
  EXPECT_EQ(parse(later6).kind, FrameKind::kFragment);
}

TEST(Parser, GivesProtocolsWithoutPortsAKeyOfAddresses) {
  const auto parsed = parse(FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolIcmp, 8).zeros(8).build());
  ASSERT_EQ(parsed.kind, FrameKind::kIpv4);
  EXPECT_EQ(parsed.key4.source_port, 0);
  EXPECT_EQ(parsed.payload, 0);
}

TEST(Parser, TakesAZeroLengthAsTheCapturedOne) {  // segmentation offload leaves it to the NIC
  auto frame = FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolTcp, 20).tcp(1, 2).build();
  frame[16] = frame[17] = 0;
  EXPECT_EQ(parse(frame).kind, FrameKind::kIpv4);
}

TEST(Parser, CallsContradictionsMalformed) {
  const auto good = FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolTcp, 20).tcp(1, 2).build();
  const auto with = [&](std::size_t at, int value) {
    auto frame = good;
    frame[at] = static_cast<std::uint8_t>(value);
    return parse(frame).kind;
  };
  EXPECT_EQ(with(14, 0x65), FrameKind::kMalformed);    // version 6 behind an IPv4 type
  EXPECT_EQ(with(14, 0x44), FrameKind::kMalformed);    // header of 16 bytes
  EXPECT_EQ(with(17, 19), FrameKind::kMalformed);      // packet shorter than its header
  EXPECT_EQ(with(46, 4 << 4), FrameKind::kMalformed);  // TCP header of 16 bytes
}

TEST(Parser, CallsEveryCutOfAGoodFrameTruncatedOrTracksIt) {
  const auto good = FrameBuilder().ethernet(kTypeIpv6).ipv6(kProtocolTcp, 20).tcp(1, 2).build();
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto kind = parse({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)}).kind;
    EXPECT_EQ(kind, length < 14 + 40 + 4 ? FrameKind::kTruncated : FrameKind::kIpv6) << length;
  }
}

TEST(Parser, NeverReadsOutsideRandomFrames) {  // the address sanitizer is the judge
  Xoshiro256 random(11);
  const auto good = FrameBuilder().ethernet(kTypeVlan).vlan(kTypeIpv6).ipv6(0, 60).zeros(80).build();
  for (int round = 0; round < 50'000; ++round) {
    auto frame = good;
    for (int change = 0; change < 4; ++change) frame[random.below(frame.size())] = static_cast<std::uint8_t>(random());
    frame.resize(random.below(frame.size() + 1));
    const auto parsed = parse(frame);
    ASSERT_LE(parsed.transport, frame.size());
  }
}

TEST(FlowSet, CountsDirectionsAsFlowsAndBothAsOneConnection) {
  FlowSet set;
  const auto there = parse(FrameBuilder().ethernet(kTypeIpv4).ipv4(kProtocolUdp, 8).udp(1, 2).build());
  auto back = there;
  back.key4 = reversed(there.key4);
  set.add(there);
  set.add(there);
  EXPECT_EQ(set.ipv4(), 1u);
  EXPECT_EQ(set.connections(), 1u);
  set.add(back);
  EXPECT_EQ(set.ipv4(), 2u);
  EXPECT_EQ(set.connections(), 1u);
}

}  // namespace
}  // namespace nicbench
