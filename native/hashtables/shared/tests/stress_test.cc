// Threads against each other on one table, and every answer checked.
#include <gtest/gtest.h>

#include <atomic>
#include <vector>

#include "hashtables/shared/tests/schemes.h"

namespace nicbench {
namespace {

using testing::Deadline;
using testing::on_threads;
using testing::scattered_key;
using testing::small_table;
using testing::tight_table;
using testing::Twin;

constexpr std::size_t kThreads = 4;

template <class S>
class SharedTable : public ::testing::Test {
 protected:
  using Table = typename S::template Table<FiveTuple4, Twin>;
  static_assert(SharedFlowTable<Table>);
  static_assert(SharedFlowTable<typename S::template Table<FiveTuple6, std::uint32_t>>);

  static FiveTuple4 key(std::uint64_t i) { return scattered_key<FiveTuple4>(i); }
};

TYPED_TEST_SUITE(SharedTable, testing::Schemes, testing::SchemeNames);

// Each thread has keys of its own and knows what it did to them; the buckets are everybody's. At this load inserts move
// keys of other threads all the time.
TYPED_TEST(SharedTable, AnswersEachThreadAsIfItWereAlone) {
  using Shared = typename TestFixture::Table;
  constexpr std::uint64_t kEach = 100;
  Shared table(tight_table(kThreads * kEach));
  std::atomic<std::uint64_t> wrong{0}, refused{0};
  std::atomic<std::int64_t> live{0};
  const Deadline deadline;
  on_threads(kThreads, [&](std::size_t thread) {
    Xoshiro256 random(thread + 1);
    std::vector<std::uint64_t> version(kEach, 0);  // 0: not in the table
    std::uint64_t written = 0;
    while (!deadline.over()) {
      for (int step = 0; step < 64; ++step) {
        const std::uint64_t i = random.below(kEach), number = thread * kEach + i;
        Twin value = Twin::of(number, ++written);
        if (const std::uint64_t choice = random.below(4); choice == 0) {
          const InsertResult result = table.insert_or_get(this->key(number), value);
          refused += result == InsertResult::kFull;
          wrong += (result == InsertResult::kExists) != (version[i] != 0);
          wrong += result == InsertResult::kExists && value.version != version[i];
          if (result == InsertResult::kInserted) version[i] = written;
        } else if (choice == 1) {
          wrong += table.erase(this->key(number)) != (version[i] != 0);
          version[i] = 0;
        } else {
          const bool found = table.find(this->key(number), value);
          wrong += found != (version[i] != 0);
          wrong += found && (value.version != version[i] || !value.belongs_to(number));
        }
      }
    }
    for (const std::uint64_t there : version) live += there != 0;
  });
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(table.size(), static_cast<std::size_t>(live.load()));
}

TYPED_TEST(SharedTable, AlwaysFindsAKeyThatNobodyErasesWhileOthersComeAndGo) {
  using Shared = typename TestFixture::Table;
  constexpr std::uint64_t kStable = 200, kChurning = 150;
  Shared table(tight_table(400));
  for (std::uint64_t i = 0; i < kStable; ++i) table.insert(this->key(i), Twin::of(i, i));
  std::atomic<std::uint64_t> lost{0}, torn{0}, looked_up{0};
  const Deadline deadline;
  on_threads(kThreads, [&](std::size_t thread) {
    Xoshiro256 random(thread + 1);
    std::uint64_t rounds = 0;
    while (!deadline.over()) {
      if (thread < 2) {  // two churn, each its own keys
        const std::uint64_t i = 1000 * (thread + 1) + random.below(kChurning / 2);
        const Twin value = Twin::of(i, ++rounds);
        if (table.insert(this->key(i), value) == InsertResult::kExists) table.erase(this->key(i));
        continue;
      }
      std::array<FiveTuple4, 32> keys;
      std::array<Twin, 32> values;
      std::array<std::uint64_t, 32> numbers;
      for (std::size_t k = 0; k < keys.size(); ++k) {
        // Also keys that may or may not be there.
        numbers[k] = k % 4 == 0 ? 1000 * (1 + random.below(2)) + random.below(kChurning / 2) : random.below(kStable);
        keys[k] = this->key(numbers[k]);
      }
      const std::uint64_t hits = table.find_burst(keys, values);
      for (std::size_t k = 0; k < keys.size(); ++k) {
        const bool hit = (hits >> k & 1) != 0;
        lost += !hit && numbers[k] < kStable;
        torn += hit && !values[k].belongs_to(numbers[k]);
      }
      looked_up += keys.size();
    }
  });
  EXPECT_EQ(lost, 0u);
  EXPECT_EQ(torn, 0u);
  EXPECT_GT(looked_up, 0u);
}

TYPED_TEST(SharedTable, LetsOneThreadWinAndTellsTheOthersItsValue) {
  using Shared = typename TestFixture::Table;
  constexpr std::uint64_t kKeys = 64;
  Shared table(small_table(kKeys));
  std::atomic<std::uint64_t> wrong{0};
  std::vector<std::atomic<std::uint64_t>> winners(kKeys), erasers(kKeys);
  std::vector<std::array<std::uint64_t, kThreads>> told(kKeys);
  for (int round = 0; round < 200; ++round) {
    on_threads(kThreads, [&](std::size_t thread) {
      for (std::uint64_t i = 0; i < kKeys; ++i) {
        Twin value = Twin::of(i, thread + 1);
        const InsertResult result = table.insert_or_get(this->key(i), value);
        wrong += result == InsertResult::kFull || !value.belongs_to(i);
        winners[i] += result == InsertResult::kInserted;
        told[i][thread] = value.version;
      }
    });
    EXPECT_EQ(table.size(), kKeys);
    on_threads(kThreads, [&](std::size_t) {
      for (std::uint64_t i = 0; i < kKeys; ++i) erasers[i] += table.erase(this->key(i));
    });
    for (std::uint64_t i = 0; i < kKeys; ++i) {
      ASSERT_EQ(winners[i].exchange(0), 1u);
      ASSERT_EQ(erasers[i].exchange(0), 1u);
      for (const std::uint64_t version : told[i]) ASSERT_EQ(version, told[i][0]) << "key " << i;
    }
    ASSERT_EQ(table.size(), 0u);
  }
  EXPECT_EQ(wrong, 0u);
}

TYPED_TEST(SharedTable, LosesNothingWhenThreadsFillItToTheBrim) {
  using Shared = typename TestFixture::Table;
  constexpr std::uint64_t kEach = 400;
  for (int round = 0; round < 20; ++round) {
    Shared table(tight_table(1000));
    std::vector<std::vector<std::uint64_t>> stored(kThreads);
    std::atomic<std::uint64_t> refused{0};
    on_threads(kThreads, [&](std::size_t thread) {
      for (std::uint64_t i = thread * kEach; i < (thread + 1) * kEach; ++i) {
        if (table.insert(this->key(i), Twin::of(i, 1)) == InsertResult::kInserted) {
          stored[thread].push_back(i);
        } else {
          ++refused;
        }
      }
    });
    ASSERT_GT(refused, 0u);
    std::size_t live = 0;
    for (const auto& mine : stored) {
      live += mine.size();
      for (const std::uint64_t i : mine) {
        Twin value;
        ASSERT_TRUE(table.find(this->key(i), value)) << "key " << i << " in round " << round;
        ASSERT_TRUE(value.belongs_to(i));
      }
    }
    ASSERT_EQ(table.size(), live);
    ASSERT_LE(live, table.capacity());
    ASSERT_GT(live, 800u);
  }
}

}  // namespace
}  // namespace nicbench
