#include "common/spsc_ring.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include "common/random.h"

namespace nicbench {
namespace {

TEST(SpscRing, HoldsThePowerOfTwoThatFitsTheAskedSlots) {
  EXPECT_EQ(SpscRing<int>(1).capacity(), 2u);
  EXPECT_EQ(SpscRing<int>(1000).capacity(), 1024u);
  EXPECT_EQ(SpscRing<int>(1024).capacity(), 1024u);
}

TEST(SpscRing, TakesAPrefixWhenItIsNearlyFullAndNothingWhenFull) {
  SpscRing<int> ring(4);
  const std::array<int, 3> items{1, 2, 3};
  EXPECT_EQ(ring.push(items), 3u);
  EXPECT_EQ(ring.push(items), 1u);
  EXPECT_EQ(ring.push(items), 0u);
  std::array<int, 8> out{};
  EXPECT_EQ(ring.pop(out), 4u);
  EXPECT_EQ(out[3], 1);
  EXPECT_EQ(ring.pop(out), 0u);
}

// Every item comes out once and in order, whatever the burst sizes on both sides.
TEST(SpscRing, KeepsOrderAndLosesNothingBetweenTwoThreads) {
  constexpr std::uint64_t kItems = 300'000;
  SpscRing<std::uint64_t> ring(256);
  std::thread producer([&] {
    Xoshiro256 random(1);
    std::array<std::uint64_t, 64> burst;
    for (std::uint64_t next = 0; next < kItems;) {
      const std::size_t want = std::min<std::uint64_t>(1 + random.below(64), kItems - next);
      for (std::size_t i = 0; i < want; ++i) burst[i] = next + i;
      const std::size_t sent = ring.push(std::span(burst).first(want));
      next += sent;
      if (sent < want) std::this_thread::yield();
    }
  });
  Xoshiro256 random(2);
  std::array<std::uint64_t, 64> burst;
  std::uint64_t expected = 0, wrong = 0;
  while (expected < kItems) {
    const std::size_t count = ring.pop(std::span(burst).first(1 + random.below(64)));
    for (std::size_t i = 0; i < count; ++i) wrong += burst[i] != expected++;
    if (count == 0) std::this_thread::yield();
  }
  producer.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace nicbench
