#include "hashtables/expiry/sweep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "common/random.h"

namespace nicbench {
namespace {

TEST(Scan, LooksAtAllAtOnceWhenItsIntervalEnds) {
  Scan scan(100, 50, false);
  std::vector<int> looks(1000);
  const auto visit = [&](std::size_t first, std::size_t count) {
    EXPECT_LE(count, kSweepBatch);
    for (std::size_t i = first; i < first + count; ++i) ++looks[i];
  };
  EXPECT_EQ(scan.advance(149, 1000, 16, visit), 0u);
  EXPECT_EQ(scan.advance(150, 1000, 16, visit), 1000u);
  EXPECT_EQ(scan.advance(199, 1000, 16, visit), 0u);
  EXPECT_EQ(scan.advance(400, 1000, 16, visit), 1000u) << "missed intervals are not made up for";
  EXPECT_EQ(*std::min_element(looks.begin(), looks.end()), 2);
  EXPECT_EQ(*std::max_element(looks.begin(), looks.end()), 2);
}

TEST(Scan, LooksAtEveryOneWithinTwoIntervalsALittleAtATime) {
  for (const std::size_t size : {1u, 5u, 33u, 1000u}) {
    constexpr std::uint64_t kInterval = 500;
    Scan scan(0, kInterval, true);
    Xoshiro256 random(size);
    std::vector<std::uint64_t> last(size, 0);
    std::size_t most = 0;
    for (std::uint64_t now = 0; now < 20'000; now += 1 + random.below(10)) {
      most = std::max(most, scan.advance(now, size, 0, [&](std::size_t first, std::size_t count) {
        for (std::size_t i = first; i < first + count; ++i) last[i] = now;
      }));
      for (const std::uint64_t when : last) ASSERT_LE(now - when, 2 * kInterval);
    }
    EXPECT_LE(most, kSweepBatch + size / 20) << "not a little at a time";
  }
}

TEST(Scan, KeepsToItsLimitAndCatchesUp) {
  Scan scan(0, 100, true);
  std::size_t looked = 0;
  const auto visit = [&](std::size_t, std::size_t count) { looked += count; };
  EXPECT_EQ(scan.advance(100, 1000, 64, visit), 64u);
  EXPECT_TRUE(scan.behind());
  for (int i = 0; i < 20; ++i) EXPECT_LE(scan.advance(100, 1000, 64, visit), 64u);
  EXPECT_GE(looked, 1000 - kSweepBatch);
  EXPECT_FALSE(scan.behind());
}

TEST(LazyHand, GoesRoundByAFixedStepForEveryInsert) {
  LazyHand hand;
  std::vector<int> looks(10);
  for (int i = 0; i < 5; ++i) {
    std::size_t in_step = 0;
    hand.step(10, [&](std::size_t first, std::size_t count) {
      for (std::size_t k = first; k < first + count; ++k) ++looks.at(k);
      in_step += count;
      return false;
    });
    EXPECT_EQ(in_step, LazyHand::kStep);
  }
  for (const int n : looks) EXPECT_EQ(n, 2);
  hand.step(0, [](std::size_t, std::size_t) { return false; });
  hand.step(1, [](std::size_t first, std::size_t count) {
    EXPECT_EQ(first + count, 1u);
    return false;
  });
}

TEST(LazyHand, MakesRoomInBoundedTimeOrGivesUp) {
  LazyHand hand;
  std::size_t looked = 0;
  EXPECT_FALSE(hand.make_room(1'000'000, [&](std::size_t, std::size_t count) {
    looked += count;
    return false;
  }));
  EXPECT_EQ(looked, LazyHand::kFarthest);
  EXPECT_TRUE(
      hand.make_room(1'000'000, [&](std::size_t first, std::size_t) { return first >= LazyHand::kFarthest + 8; }));
}

}  // namespace
}  // namespace nicbench
