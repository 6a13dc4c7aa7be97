// What every wire promises to whoever sends and receives on it.
#include <numeric>

#include "io/tests/wire_fixture.h"

namespace nicbench {
namespace {

using Wire = WireTest;
INSTANTIATE_TEST_SUITE_P(All, Wire, ::testing::ValuesIn(all_wires()), test_name);

// There and back: what `far` gets, it forwards with a byte changed.
void expect_round_trip(Port& near, Port& far, const TestFrames& frames, std::size_t burst) {
  for (std::size_t from = 0; from < frames.all().size(); from += burst) {
    const std::size_t count = std::min(burst, frames.all().size() - from);
    send_all(near, frames.all().subspan(from, count));
    std::vector<Frame> there = receive(far, count);
    ASSERT_EQ(there.size(), count) << "from frame " << from << ", lost " << far.lost();
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_TRUE(frames.equal(from + i, there[i])) << "frame " << from + i << " of " << there[i].length << " bytes";
      there[i].data[there[i].length - 1] ^= 0xff;
    }
    for (std::span<const Frame> rest = there; !rest.empty();) rest = rest.subspan(far.forward(rest));
    std::vector<Frame> back = receive(near, count);
    ASSERT_EQ(back.size(), count);
    for (std::size_t i = 0; i < count; ++i) {
      back[i].data[back[i].length - 1] ^= 0xff;
      ASSERT_TRUE(frames.equal(from + i, back[i])) << "frame " << from + i << " on its way back";
    }
    near.release(back);
  }
}

TEST_P(Wire, CarriesFramesOfEverySizeWholeAndInOrder) {
  inside([&] {
    open_both();
    std::vector<std::size_t> sizes(1514 - 60 + 1);
    std::iota(sizes.begin(), sizes.end(), 60);
    expect_round_trip(*near, *far, TestFrames(sizes), kBurst);
  });
}

TEST_P(Wire, CarriesBurstsOfEveryLength) {
  inside([&] {
    open_both();
    for (std::size_t burst = 1; burst <= kBurst; ++burst) {
      expect_round_trip(*near, *far, TestFrames(std::vector<std::size_t>(burst, 60 + burst)), burst);
    }
  });
}

TEST_P(Wire, KeepsVlanTags) {
  inside([&] {
    open_both();
    // 802.1Q, and 802.1ad with a second tag inside; the kernel lets only the former exceed the MTU.
    TestFrames frames(std::vector<std::size_t>{64, 64, 1518, 1514});
    // DPDK's driver of AF_PACKET makes every tag that the kernel took out one of 802.1Q.
    const std::size_t kinds = GetParam() == "dpdk-af_packet" ? 1 : 2;
    for (std::size_t i = 0; i < 4; ++i) {
      const std::uint8_t tags[] = {0x81, 0x00, 0xe1, 0x23, 0x88, 0xb5};
      const std::uint8_t outer[] = {0x88, 0xa8, 0x02, 0x34, 0x81, 0x00};
      std::copy_n(i % kinds == 0 ? tags : outer, sizeof tags, frames.bytes(i).data() + 12);
    }
    expect_round_trip(*near, *far, frames, 4);
  });
}

TEST_P(Wire, LendsFramesUntilTheyAreGivenBackWhicheverComesFirst) {
  inside([&] {
    open_both();
    const TestFrames kept(std::vector<std::size_t>(100, 200));
    send_all(*near, kept.all());
    std::vector<Frame> lent = receive(*far, 100);
    ASSERT_EQ(lent.size(), 100u);
    const TestFrames later(std::vector<std::size_t>(100, 300));
    send_all(*near, later.all());
    const std::vector<Frame> lent_later = receive(*far, 100);
    ASSERT_EQ(lent_later.size(), 100u);
    for (std::size_t i = 0; i < 100; ++i) EXPECT_TRUE(kept.equal(i, lent[i])) << i;
    far->release(lent_later);
    std::reverse(lent.begin(), lent.end());
    far->release(lent);
    expect_round_trip(*near, *far, later, kBurst);
  });
}

// A leak of one buffer a burst would end this long before it is over.
TEST_P(Wire, LeaksNoBufferWhetherFramesAreForwardedReleasedOrRefused) {
  inside([&] {
    open_both();
    const TestFrames frames(std::vector<std::size_t>(kBurst, 60));
    for (std::size_t round = 0; round < 4 * kTestSlots; ++round) {
      send_all(*near, frames.all());
      const std::vector<Frame> there = receive(*far, kBurst);
      ASSERT_EQ(there.size(), kBurst) << "round " << round;
      const std::size_t sent = far->forward(std::span(there).first(kBurst / 2));
      far->release(std::span(there).subspan(sent));
      const std::vector<Frame> back = receive(*near, sent);
      ASSERT_EQ(back.size(), sent) << "round " << round;
      near->release(back);
    }
    EXPECT_EQ(near->lost() + far->lost(), 0u);
    EXPECT_EQ(near->fault(), WireFault::kNone);
    EXPECT_EQ(far->fault(), WireFault::kNone);
  });
}

TEST_P(Wire, TakesAPrefixWhenFullAndCountsWhatTheReceiverHadNoRoomFor) {
  inside([&] {
    open_both();
    const TestFrames frames(std::vector<std::size_t>(16 * kTestSlots, 60));
    std::size_t sent = 0;
    while (sent < frames.all().size()) {
      const std::size_t taken = near->send(frames.all().subspan(sent, kBurst));
      ASSERT_LE(taken, kBurst);
      sent += taken;
      if (taken < kBurst) break;
    }
    ASSERT_GE(sent, kTestSlots);
    // DPDK's drivers on interfaces do not count what they had no room for.
    const bool counts = !GetParam().starts_with("dpdk-af_");
    std::size_t received = 0;
    std::int64_t last = -1;
    for (Patience patience; received + far->lost() < (counts ? sent : kTestSlots) && patience.left();) {
      std::array<Frame, kBurst> burst;
      const auto frames_now = std::span(burst).first(far->receive(burst));
      for (const Frame& frame : frames_now) {
        if (!TestFrames::is_ours(frame)) continue;
        EXPECT_GT(TestFrames::number_of(frame), last);
        last = TestFrames::number_of(frame);
        ++received;
        patience.progress();
      }
      far->release(frames_now);
    }
    if (counts) {
      EXPECT_EQ(received + far->lost(), sent);
    }
    EXPECT_GE(received, kTestSlots);
    expect_round_trip(*near, *far, TestFrames(std::vector<std::size_t>(kBurst, 100)), kBurst);
  });
}

}  // namespace
}  // namespace nicbench
