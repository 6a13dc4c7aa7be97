// What wires promise that say when a frame came.
#include "common/clock.h"
#include "io/tests/wire_fixture.h"

namespace nicbench {
namespace {

using WireWithStamps = WireTest;
INSTANTIATE_TEST_SUITE_P(All, WireWithStamps,
                         ::testing::ValuesIn(wires_where([](const WireInfo& wire) { return wire.stamps; })), test_name);

using WireWithoutStamps = WireTest;
INSTANTIATE_TEST_SUITE_P(All, WireWithoutStamps,
                         ::testing::ValuesIn(wires_where([](const WireInfo& wire) { return !wire.stamps; })),
                         test_name);

// Frames of two lengths, every other with a tag that the kernel takes out.
TestFrames frames_with_tags() {
  TestFrames frames({60, 64, 1514, 1514});
  constexpr std::uint8_t kTag[] = {0x81, 0x00, 0xe1, 0x23, 0x88, 0xb5};
  for (const std::size_t i : {1, 3}) std::copy_n(kTag, sizeof kTag, frames.bytes(i).data() + 12);
  return frames;
}

TEST_P(WireWithStamps, SayWhenEachFrameCameNotWhenItWasReceived) {
  inside([&] {
    const PortOptions sends{.interface = kNear, .slots = kTestSlots};
    const PortOptions stamps{.interface = kFar, .slots = kTestSlots, .timestamps = Timestamps::kSoftware};
    near = open_port(GetParam(), sends);
    far = open_port(GetParam(), stamps);
    EXPECT_NE(far->description().find("software timestamps"), std::string::npos);
    const TestFrames frames = frames_with_tags();
    // The kernel turns its stamps on a moment later than it was asked to; until then it stamps frames when they are
    // received.
    std::size_t stamped_on_arrival = 0;
    for (Patience patience; stamped_on_arrival < frames.all().size() && patience.left();) {
      stamped_on_arrival = 0;
      const std::uint64_t before = real_ns();
      send_all(*near, frames.all());
      const std::uint64_t sent = real_ns();
      const std::vector<Frame> came = receive(*far, frames.all().size());
      ASSERT_EQ(came.size(), frames.all().size());
      for (const Frame& frame : came) {
        const std::uint64_t arrival = far->arrival_ns(frame);
        EXPECT_GE(arrival, before);
        EXPECT_LE(arrival, real_ns());
        stamped_on_arrival += arrival <= sent;
      }
      far->release(came);
    }
    EXPECT_EQ(stamped_on_arrival, frames.all().size());
  });
}

TEST_P(WireWithStamps, SayWhenOnEachOfSeveralQueues) {
  inside([&] {
    constexpr std::size_t kQueues = 3;
    near = open_port(GetParam(), {.interface = kNear, .slots = kTestSlots});
    const PortQueues queues = open_queues(
        GetParam(), {.interface = kFar, .slots = kTestSlots, .queues = kQueues, .timestamps = Timestamps::kSoftware});
    EXPECT_TRUE(queues.front()->description().ends_with(", software timestamps, 3 queues"));
    const std::uint64_t before = real_ns();
    send_all(*near, TestFrames(std::vector<std::size_t>(kBurst, 60)).all());
    for (const Frame& frame : receive(*queues[0], kBurst)) {
      EXPECT_GE(queues[0]->arrival_ns(frame), before);
      queues[0]->release({&frame, 1});
    }
  });
}

TEST_P(WireWithoutStamps, SayWhichWiresHaveThem) {
  try {
    open_queues(GetParam(), {.interface = kNear, .timestamps = Timestamps::kSoftware});
    ADD_FAILURE();
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "TIMESTAMPS");
    EXPECT_NE(error.hint().find("af_packet"), std::string::npos) << error.hint();
  }
}

}  // namespace
}  // namespace nicbench
