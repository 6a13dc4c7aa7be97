// Bursts have the bytes that FrameTemplate gives their frames one at a time.
#include "trafficgen/burst_template.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "common/random.h"
#include "packet/flow_set.h"

namespace nicbench {
namespace {

constexpr std::size_t kRoom = 1536;

// Dirty buffers: a header line is to be written whole.
struct Buffers {
  Buffers() : bytes(kBurst * kRoom, 0xa5) {
    for (std::size_t i = 0; i < kBurst; ++i) frames[i] = {bytes.data() + i * kRoom, 0, 0, 7};
  }

  std::vector<std::uint8_t> bytes;
  std::array<Frame, kBurst> frames;
};

std::array<ScheduledFrame, kBurst> any_frames(Xoshiro256& random) {
  std::array<ScheduledFrame, kBurst> frames{};
  for (ScheduledFrame& frame : frames) {
    frame.flow = static_cast<std::uint32_t>(random());
    frame.length = static_cast<std::uint16_t>(60 + random.below(1455));
    frame.tcp = random.below(2) != 0;
    frame.reply = random.below(2) != 0;
    frame.tcp_flags = static_cast<std::uint8_t>(random.below(64));
  }
  return frames;
}

TEST(BurstTemplate, MakesTheSameBytesAsOneFrameAtATime) {
  Xoshiro256 random(5);
  const FlowTuples tuples(11);
  const BurstTemplate bursts(tuples);
  const std::array<FrameTemplate, 2> singles{FrameTemplate(false), FrameTemplate(true)};
  for (int round = 0; round < 2000; ++round) {
    const auto scheduled = any_frames(random);
    const std::size_t count = 1 + random.below(kBurst);
    Buffers burst, single;
    bursts.build(std::span(burst.frames).first(count), scheduled);
    for (std::size_t i = 0; i < count; ++i) {
      const ScheduledFrame& frame = scheduled[i];
      FiveTuple4 key = tuples.tuple(frame.flow, frame.tcp);
      if (frame.reply) key = reversed(key);
      const std::uint8_t flags = frame.tcp_flags != 0 ? frame.tcp_flags : tcp_flag::kAck;
      singles[frame.tcp].build(single.frames[i], key, frame.length, flags);
      ASSERT_EQ(burst.frames[i].length, single.frames[i].length);
      ASSERT_EQ(burst.frames[i].source, single.frames[i].source);
    }
    ASSERT_EQ(burst.bytes, single.bytes) << "in round " << round;
  }
}

}  // namespace
}  // namespace nicbench
