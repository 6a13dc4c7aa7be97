#include "hashtables/expiry/timer_wheel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <vector>

#include "common/random.h"

namespace nicbench {
namespace {

constexpr std::uint64_t kStart = 1'000'003;
constexpr std::uint64_t kTick = 10;

// Everything that came up by `now`.
std::vector<std::uint32_t> due(TimerWheel& wheel, std::uint64_t now) {
  std::vector<std::uint32_t> ids;
  wheel.advance(now, 0,
                [&](std::span<const std::uint32_t> batch) { ids.insert(ids.end(), batch.begin(), batch.end()); });
  return ids;
}

TEST(TimerWheel, BringsAReferenceUpAtItsTickAndNotBefore) {
  for (const std::uint64_t delay : {1u, 9u, 10u, 11u, 2550u, 2560u, 2570u, 655350u, 655360u, 655370u, 200'000'000u}) {
    TimerWheel wheel(1, kStart, kTick, false);
    const std::uint64_t when = kStart + delay, tick = kStart + (delay + kTick - 1) / kTick * kTick;
    wheel.arm(7, when);
    // One of a higher level comes up when its slot begins, and is armed again by whoever looks at it.
    for (std::uint64_t now = kStart; now < tick; now = std::min(now + 100'000, tick - 1) + (now == tick - 1)) {
      for (const std::uint32_t id : due(wheel, now)) {
        EXPECT_GT(delay, 255 * kTick) << "came up early";
        wheel.arm(id, when);
      }
    }
    EXPECT_EQ(due(wheel, tick), std::vector<std::uint32_t>{7}) << delay;
    EXPECT_TRUE(due(wheel, kStart + 4 * delay + 100).empty());
  }
}

// Against a multimap: nothing is lost, nothing comes up twice or early, everything within its tick.
TEST(TimerWheel, AgreesWithASortedMapOverRandomTimes) {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) {
    Xoshiro256 random(seed);
    constexpr std::uint32_t kIds = 3000;
    TimerWheel wheel(kIds, kStart, kTick, false);
    std::map<std::uint32_t, std::uint64_t> armed;  // id -> when
    std::vector<std::uint32_t> idle;
    for (std::uint32_t id = 0; id < kIds; ++id) idle.push_back(id);
    std::uint64_t now = kStart;
    for (int step = 0; step < 3000; ++step) {
      for (std::uint64_t n = random.below(20); n > 0 && !idle.empty(); --n) {
        const std::uint32_t id = idle.back();
        idle.pop_back();
        armed[id] = now + random.below(std::uint64_t{1} << random.below(26));
        wheel.arm(id, armed[id]);
      }
      now += random.below(std::uint64_t{1} << random.below(step % 500 == 0 ? 30 : 14));
      wheel.advance(now, 0, [&](std::span<const std::uint32_t> batch) {
        ASSERT_LE(batch.size(), TimerWheel::kBatch);
        for (const std::uint32_t id : batch) {
          const auto found = armed.find(id);
          ASSERT_NE(found, armed.end()) << "came up twice";
          if (found->second > now) {
            wheel.arm(id, found->second);
          } else {
            armed.erase(found);
            idle.push_back(id);
          }
        }
      });
      for (const auto& [id, when] : armed) ASSERT_GT(when + kTick, now) << "late: " << id;
    }
  }
}

TEST(TimerWheel, StopsAtTheLimitAndGoesOnNextTime) {
  TimerWheel wheel(1000, kStart, kTick, false);
  for (std::uint32_t id = 0; id < 1000; ++id) wheel.arm(id, kStart + 50);
  std::vector<bool> seen(1000);
  std::size_t calls = 0, visited = 0;
  do {
    const std::size_t count = wheel.advance(kStart + 1000, 64, [&](std::span<const std::uint32_t> batch) {
      for (const std::uint32_t id : batch) seen[id] = true;
    });
    EXPECT_LE(count, 64 + TimerWheel::kBatch);
    visited += count;
    ++calls;
  } while (wheel.behind());
  EXPECT_EQ(visited, 1000u);
  EXPECT_GE(calls, 1000 / (64 + TimerWheel::kBatch));
  EXPECT_EQ(std::count(seen.begin(), seen.end(), true), 1000);
}

TEST(TimerWheel, HoldsAsManyReferencesAsPromisedWhereverTheyAre) {
  constexpr std::uint32_t kIds = 20'000;
  TimerWheel wheel(kIds, kStart, 1, false);
  Xoshiro256 random(9);
  for (std::uint32_t id = 0; id < kIds; ++id)
    wheel.arm(id, kStart + random.below(std::uint64_t{1} << random.below(40)));
  std::size_t up = 0;
  for (std::uint64_t now = kStart; up < 3 * kIds; now += 1 + (now - kStart) / 8) {
    wheel.advance(now, 0, [&](std::span<const std::uint32_t> batch) {
      for (const std::uint32_t id : batch) wheel.arm(id, now + 1 + random.below(std::uint64_t{1} << random.below(30)));
      up += batch.size();
    });
  }
}

TEST(TimerWheel, TakesTimesThatNeverCome) {
  TimerWheel wheel(2, kStart, kTick, false);
  wheel.arm(1, std::uint64_t{1} << 62);
  wheel.arm(2, 0);  // long past
  EXPECT_EQ(due(wheel, kStart + kTick), std::vector<std::uint32_t>{2});
  EXPECT_TRUE(due(wheel, kStart + (std::uint64_t{1} << 40)).empty());
}

}  // namespace
}  // namespace nicbench
