// What the two ends of a gateway's tester promise.
#include "trafficgen/connection_source.h"

#include <gtest/gtest.h>

#include <array>

#include "common/user_error.h"
#include "packet/flow_set.h"

namespace nicbench {
namespace {

using Play = ConnectionSource::Play;

constexpr std::uint32_t kConnections = 5000;

ConnectionSource source_of(std::uint32_t connections = kConnections) {
  return ConnectionSource({connections, 64, 7}, 64);
}

FiveTuple4 tuple_of(const Frame& frame) {
  ParsedFrame parsed;
  EXPECT_EQ(parse_frame(frame.data, frame.length, parsed), FrameKind::kIpv4);
  return parsed.key4;
}

// Plays a phase to its end through a gateway that changes nothing; returns the frames.
std::uint64_t pass(ConnectionSource& source, Play play) {
  source.play(play);
  std::uint64_t frames = 0;
  std::array<Frame, kBurst> burst;
  for (std::size_t count = source.next(burst); count > 0; count = source.next(burst)) {
    source.received(std::span(burst).first(count));
    source.release(std::span(burst).first(count));
    frames += count;
  }
  return frames;
}

TEST(ConnectionSource, OpensEveryConnectionOnceAndAllOfThemDiffer) {
  ConnectionSource source = source_of();
  FlowSet flows;
  ParsedFrame parsed;
  source.play(Play::kOpen);
  std::array<Frame, kBurst> burst;
  std::uint64_t frames = 0;
  for (std::size_t count = source.next(burst); count > 0; count = source.next(burst)) {
    for (const Frame& frame : std::span(burst).first(count)) {
      ASSERT_EQ(parse_frame(frame.data, frame.length, parsed), FrameKind::kIpv4);
      flows.add(parsed);
    }
    source.release(std::span(burst).first(count));
    frames += count;
  }
  EXPECT_EQ(frames, kConnections);
  EXPECT_EQ(flows.ipv4(), kConnections);
}

TEST(ConnectionSource, AnswersWhatCameThroughAndKnowsWhichConnectionsWereAnswered) {
  ConnectionSource source = source_of();
  EXPECT_EQ(pass(source, Play::kOpen), kConnections);
  EXPECT_EQ(source.established(), kConnections);
  EXPECT_EQ(pass(source, Play::kAnswer), kConnections);
  EXPECT_EQ(source.answered(), kConnections);
  EXPECT_EQ(source.wrong(), 0u);
}

TEST(ConnectionSource, AnswersOnlyWhatCameThrough) {
  ConnectionSource source = source_of();
  source.play(Play::kOpen);
  std::array<Frame, kBurst> burst;
  for (std::size_t count = source.next(burst); count > 0; count = source.next(burst)) {
    source.received(std::span(burst).first(1));  // the gateway loses the others
    source.release(std::span(burst).first(count));
  }
  const std::uint64_t bursts = (kConnections + kBurst - 1) / kBurst;
  EXPECT_EQ(source.established(), bursts);
  EXPECT_EQ(pass(source, Play::kAnswer), bursts);
  EXPECT_EQ(source.answered(), bursts);
}

TEST(ConnectionSource, CountsAnswersThatArriveTwiceOrAtTheWrongClient) {
  ConnectionSource source = source_of(10);
  pass(source, Play::kOpen);
  source.play(Play::kAnswer);
  std::array<Frame, kBurst> burst;
  ASSERT_EQ(source.next(burst), 10u);
  const auto frames = std::span(burst).first(10);
  source.received(frames);
  source.received(frames.first(1));
  frames[1].data[kEthernetHeader + kIpv4Destination + 3] ^= 1;
  source.received(frames.subspan(1, 1));
  EXPECT_EQ(source.answered(), 10u);
  EXPECT_EQ(source.wrong(), 2u);
  source.release(frames);
}

TEST(ConnectionSource, ExchangesFramesOfKnownConnectionsInBothDirections) {
  ConnectionSource source = source_of();
  pass(source, Play::kOpen);
  source.play(Play::kExchange);
  const FlowTuples tuples(7);
  std::array<Frame, kBurst> burst;
  std::uint64_t answers = 0;
  for (int round = 0; round < 1000; ++round) {
    ASSERT_EQ(source.next(burst), kBurst);
    for (const Frame& frame : burst) {
      FiveTuple4 key = tuple_of(frame);
      const bool answer = to_be32(key.source) >> 24 != 10;
      answers += answer;
      if (answer) key = reversed(key);
      const std::uint32_t flow = tuples.flow_of(key.source, key.source_port);
      ASSERT_LT(flow, kConnections);
      ASSERT_EQ(key, tuples.tuple(flow, false));
    }
    source.release(burst);
  }
  EXPECT_GT(answers, 1000 * kBurst / 3);
  EXPECT_LT(answers, 1000 * kBurst * 2 / 3);
}

TEST(ConnectionSource, RefusesWhatCannotBeSent) {
  EXPECT_THROW(ConnectionSource({0, 64, 1}, 64), UserError);
  EXPECT_THROW(ConnectionSource({10, 63, 1}, 64), UserError);
}

}  // namespace
}  // namespace nicbench
