#include "dataplane/frame_info.h"

#include <gtest/gtest.h>

#include "common/random.h"
#include "dataplane/tests/model_packet.h"

namespace nicbench {
namespace {

using testing::Bytes;
using testing::Kind;
using testing::Packet;
using testing::Tuple;

struct Inspected {
  FrameInfo info;
  FiveTuple4 key4;
  FiveTuple6 key6;
};

Inspected inspected(Bytes& bytes) {
  Frame frame;
  frame.data = bytes.data();
  frame.length = static_cast<std::uint16_t>(bytes.size());
  Inspected result;
  inspect(frame, result.info, result.key4, result.key6);
  return result;
}

Inspected inspected(const Packet& packet) {
  Bytes bytes = to_frame(packet);
  return inspected(bytes);
}

Packet packet(Kind kind, std::uint8_t protocol, bool six) {
  Packet p;
  p.kind = kind;
  p.flags.assign(1, 'A');
  p.tuple.six = six;
  p.tuple.protocol = protocol;
  p.tuple.source = six ? testing::ipv6(1, 2) : testing::ipv4(0x0a000001);
  p.tuple.destination = six ? testing::ipv6(1, 3) : testing::ipv4(0xc0a80001);
  p.tuple.source_port = 1234;
  p.tuple.destination_port = 80;
  if (kind == Kind::kEchoRequest) p.tuple.destination_port = 1234;
  p.payload = 30;
  return p;
}

TEST(FrameInfo, GivesBothDirectionsOneKey) {
  for (const bool six : {false, true}) {
    for (const auto& [kind, protocol] :
         {std::pair{Kind::kTcp, 6}, {Kind::kUdp, 17}, {Kind::kEchoRequest, six ? 58 : 1}, {Kind::kOtherProtocol, 47}}) {
      Packet there = packet(kind, static_cast<std::uint8_t>(protocol), six);
      Packet back = there;
      back.tuple = there.tuple.reversed();
      if (kind == Kind::kEchoRequest) back.kind = Kind::kEchoReply;
      const Inspected a = inspected(there), b = inspected(back);
      ASSERT_NE(a.info.kind, FlowKind::kNone);
      EXPECT_EQ(a.info.ipv6, six);
      EXPECT_EQ(six ? a.key6 == b.key6 : a.key4 == b.key4, true) << protocol;
      EXPECT_NE(a.info.swapped, b.info.swapped);
      EXPECT_EQ(b.info.may_open, kind != Kind::kEchoRequest) << "a reply to no request starts nothing";
    }
  }
}

TEST(FrameInfo, KeepsDifferentConnectionsApart) {
  Packet a = packet(Kind::kUdp, 17, false), b = a;
  std::swap(b.tuple.source_port, b.tuple.destination_port);  // the same ports at the other ends
  EXPECT_FALSE(inspected(a).key4 == inspected(b).key4);
}

TEST(FrameInfo, TakesATupleThatIsItsOwnReverse) {
  Packet p = packet(Kind::kUdp, 17, false);
  p.tuple.destination = p.tuple.source;
  p.tuple.destination_port = p.tuple.source_port;
  EXPECT_FALSE(inspected(p).info.swapped);
}

TEST(FrameInfo, ReadsTheFlowOfThePacketThatAnErrorQuotes) {
  for (const bool six : {false, true}) {
    const Packet flow = packet(Kind::kUdp, 17, six);
    Packet error;
    error.kind = Kind::kError;
    error.tuple = flow.tuple.reversed();
    error.tuple.protocol = six ? 58 : 1;
    error.quoted = flow.tuple;
    for (const std::size_t quote : {8, 28, 48}) {
      error.payload = quote;
      const Inspected e = inspected(error), f = inspected(flow);
      EXPECT_EQ(e.info.kind, FlowKind::kError);
      EXPECT_EQ(six ? e.key6 == f.key6 : e.key4 == f.key4, true);
      EXPECT_EQ(e.info.swapped, f.info.swapped);
    }
    error.payload = 3;  // the ports are cut off
    EXPECT_EQ(inspected(error).info.cause, FrameCause::kUnrelated);
  }
}

TEST(FrameInfo, SaysWhyAFrameHasNoFlow) {
  Packet p = packet(Kind::kFragment, 17, false);
  EXPECT_EQ(inspected(p).info.cause, FrameCause::kFragment);
  p.kind = Kind::kArp;
  EXPECT_EQ(inspected(p).info.cause, FrameCause::kNotIp);
  p = packet(Kind::kIcmpOther, 58, true);
  EXPECT_EQ(inspected(p).info.cause, FrameCause::kIcmpOther);
  Bytes cut = to_frame(packet(Kind::kTcp, 6, false));
  cut.resize(40);
  EXPECT_EQ(inspected(cut).info.cause, FrameCause::kMalformed);
}

// The short way must give the parser's answer, and no frame may crash either.
TEST(FrameInfo, TakesTheShortWayOnlyWhereTheParserAgrees) {
  Xoshiro256 random(7);
  std::size_t plain = 0;
  for (int round = 0; round < 200'000; ++round) {
    Packet p = packet(round % 2 == 0 ? Kind::kTcp : Kind::kUdp, round % 2 == 0 ? 6 : 17, false);
    p.payload = random.below(40);
    p.tuple.source = testing::ipv4(static_cast<std::uint32_t>(random()));
    p.tuple.destination = testing::ipv4(static_cast<std::uint32_t>(random()));
    p.tuple.source_port = static_cast<std::uint16_t>(random());
    Bytes bytes = to_frame(p);
    for (std::uint64_t n = random.below(4); n > 0; --n)
      bytes[12 + random.below(40)] = static_cast<std::uint8_t>(random());
    if (random.below(4) == 0) bytes.resize(random.below(bytes.size() + 1));
    bytes.shrink_to_fit();
    Frame frame;
    frame.data = bytes.data();
    frame.length = static_cast<std::uint16_t>(bytes.size());
    FrameInfo quick;
    FiveTuple4 key;
    if (!frame_detail::inspect_plain(frame, quick, key)) {
      inspected(bytes);
      continue;
    }
    ++plain;
    FrameInfo slow;
    ASSERT_EQ(parse_frame(frame.data, frame.length, slow.parsed), FrameKind::kIpv4);
    frame_detail::inspect_ip<FiveTuple4>(frame.data, frame.length, slow);
    ASSERT_EQ(quick.kind, slow.kind);
    ASSERT_EQ(quick.swapped, slow.swapped);
    ASSERT_TRUE(key == slow.parsed.key4);
    if (quick.kind == FlowKind::kTcp) {
      ASSERT_EQ(quick.segment, slow.segment);
    }
    ASSERT_EQ(quick.parsed.network, slow.parsed.network);
    ASSERT_EQ(quick.parsed.transport, slow.parsed.transport);
    ASSERT_EQ(quick.parsed.payload, slow.parsed.payload);
    ASSERT_EQ(quick.parsed.network_end, slow.parsed.network_end);
    ASSERT_EQ(quick.parsed.protocol, slow.parsed.protocol);
  }
  EXPECT_GT(plain, 50'000u);
}

}  // namespace
}  // namespace nicbench
