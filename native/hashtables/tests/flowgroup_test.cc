// What flowgroup promises beyond FlowTable.
#include "hashtables/flowgroup.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "common/random.h"
#include "hashtables/tests/entries.h"
#include "hashtables/tests/keys.h"

namespace nicbench {
namespace {

using testing::make_value;
using testing::scattered_key;

static_assert(BurstInsertable<FlowgroupTable<FiveTuple4, std::uint32_t>>);
static_assert(BurstErasable<FlowgroupTable<FiveTuple4, std::uint32_t>>);
static_assert(SplitLookup<FlowgroupTable<FiveTuple6, std::uint64_t>>);
static_assert(ProbeStatistics<FlowgroupTable<FiveTuple6, std::uint8_t>>);

template <class E>
class Flowgroup : public ::testing::Test {};
TYPED_TEST_SUITE(Flowgroup, testing::Entries);

TYPED_TEST(Flowgroup, KeepsValuesOfAnySizeInBothGroupsOfAKey) {
  using Table = FlowgroupTable<typename TypeParam::Key, typename TypeParam::Value>;
  constexpr std::uint64_t kFlows = 20000;
  Table table({.capacity = kFlows, .seed = 3, .huge_pages = false});
  for (std::uint64_t i = 0; i < kFlows; ++i) {
    ASSERT_EQ(table.insert(scattered_key<typename TypeParam::Key>(i), make_value<typename TypeParam::Value>(i)),
              InsertResult::kInserted);
  }
  EXPECT_GT(table.displacements(), 0u);
  for (std::uint64_t i = 0; i < kFlows; ++i) {
    typename TypeParam::Value value;
    ASSERT_TRUE(table.find(scattered_key<typename TypeParam::Key>(i), value));
    ASSERT_EQ(value, make_value<typename TypeParam::Value>(i));
  }
}

TYPED_TEST(Flowgroup, HoldsAKeyAndValueByteInLessThanOnePointThreeFiveBytes) {
  using Lines = GroupLines<typename TypeParam::Key, typename TypeParam::Value>;
  // Per slot: its share of lines, tags and guest bits; 90 % of the slots are used.
  const double slot = static_cast<double>(sizeof(Lines) + sizeof(GroupTags) + 2) / GroupTags::kSlots;
  EXPECT_LE(slot / 0.9, 1.35 * (sizeof(typename TypeParam::Key) + sizeof(typename TypeParam::Value)));
}

TYPED_TEST(Flowgroup, ForgetsEveryTraceOfErasedKeys) {
  using Key = typename TypeParam::Key;
  using Table = FlowgroupTable<Key, typename TypeParam::Value>;
  Table table({.seed = 5, .huge_pages = false, .slots = 20000});
  for (std::uint64_t round = 0; round < 5; ++round) {
    const std::uint64_t first = round * 100000;
    std::uint64_t next = first;
    while (table.insert(scattered_key<Key>(next), {}) == InsertResult::kInserted) ++next;
    EXPECT_GT(static_cast<double>(table.size()), 0.97 * static_cast<double>(table.capacity()));
    for (std::uint64_t i = first; i < next; ++i) ASSERT_TRUE(table.erase(scattered_key<Key>(i)));
    ASSERT_EQ(table.size(), 0u);
    // A spill bit left behind would send some of these misses to a second group, for ever.
    for (std::uint64_t i = 0; i < 100000; ++i) ASSERT_EQ(table.probe_length(scattered_key<Key>(i)), 1u) << i;
  }
}

using Table4 = FlowgroupTable<FiveTuple4, std::uint32_t>;

// Fast and slow ways meet: keys that are there already, equal ones in a burst, full homes, erased entries whose bytes
// are still in their slots.
TEST(FlowgroupBursts, AnswersAsSingleInsertsWouldInOrder) {
  Table4 bursts({.seed = 1, .huge_pages = false, .slots = 3000}),
      singles({.seed = 1, .huge_pages = false, .slots = 3000});
  std::uint64_t random = 7;
  std::array<FiveTuple4, kMaxBurst> keys;
  std::array<std::uint32_t, kMaxBurst> values;
  std::array<InsertResult, kMaxBurst> results;
  for (std::uint32_t round = 0; round < 2000; ++round) {
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      keys[i] = scattered_key<FiveTuple4>(splitmix64(random) % 2000);
      values[i] = round * 64 + i;
    }
    bursts.insert_burst(keys, values, results);
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      ASSERT_EQ(results[i], singles.insert(keys[i], values[i])) << "round " << round << ", key " << i;
    }
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      std::uint32_t in_bursts = 0, in_singles = 0;
      ASSERT_TRUE(bursts.find(keys[i], in_bursts));
      ASSERT_TRUE(singles.find(keys[i], in_singles));
      ASSERT_EQ(in_bursts, in_singles);
    }
    for (std::uint32_t i = 0; i < keys.size(); ++i) {
      const FiveTuple4 key = scattered_key<FiveTuple4>(splitmix64(random) % 2000);
      ASSERT_EQ(bursts.erase(key), singles.erase(key));
    }
    ASSERT_EQ(bursts.size(), singles.size());
  }
}

TEST(FlowgroupBursts, RepeatedKeysInOneInsertBurstAreInsertedOnce) {
  // 30 slots in 2 groups for 32 keys: many find their home full, some find no room.
  Table4 table({.seed = 1, .huge_pages = false, .slots = 30});
  std::array<FiveTuple4, 64> keys;
  std::array<std::uint32_t, 64> values;
  std::array<InsertResult, 64> results;
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    keys[i] = scattered_key<FiveTuple4>(i / 2);
    values[i] = i;
  }
  table.insert_burst(keys, values, results);
  std::size_t inserted = 0;
  for (std::uint32_t i = 0; i < keys.size(); i += 2) {
    if (results[i] == InsertResult::kFull) continue;
    ++inserted;
    ASSERT_EQ(results[i], InsertResult::kInserted);
    ASSERT_EQ(results[i + 1], InsertResult::kExists);
    std::uint32_t value = 0;
    ASSERT_TRUE(table.find(keys[i], value));
    ASSERT_EQ(value, i) << "the first of two equal keys wins";
  }
  EXPECT_EQ(table.size(), inserted);
  EXPECT_GE(inserted, 28u);
}

// A burst is looked up in one of two ways, by its first three keys: each must also find the other kind.
TEST(FlowgroupBursts, MayGoOnOtherwiseThanTheyBegin) {
  Table4 table({.seed = 4, .huge_pages = false, .slots = 3000});
  std::uint32_t live = 0;
  while (table.insert(scattered_key<FiveTuple4>(live), live) == InsertResult::kInserted) ++live;
  ASSERT_GT(table.displacements(), 100u) << "keys in both of their groups";
  std::uint64_t random = 11;
  for (std::size_t count = 0; count <= kMaxBurst; ++count) {
    for (std::size_t first = 0; first <= std::min<std::size_t>(count, 4); ++first) {
      for (const bool begins_with_hits : {false, true}) {
        std::array<FiveTuple4, kMaxBurst> keys;
        std::array<std::uint32_t, kMaxBurst> flows, values{};
        std::uint64_t expected = 0;
        for (std::size_t i = 0; i < count; ++i) {
          const bool hit = (i < first) == begins_with_hits;
          flows[i] = static_cast<std::uint32_t>(splitmix64(random) % live) + (hit ? 0 : live);
          keys[i] = scattered_key<FiveTuple4>(flows[i]);
          expected |= std::uint64_t{hit} << i;
        }
        ASSERT_EQ(table.find_burst({keys.data(), count}, values), expected) << count << " keys, " << first << " first";
        for (std::size_t i = 0; i < count; ++i) {
          ASSERT_TRUE((expected >> i & 1) == 0 || values[i] == flows[i]);
        }
      }
    }
  }
}

TEST(FlowgroupBursts, EraseAsSinglesWouldInOrder) {
  Table4 bursts({.seed = 6, .huge_pages = false, .slots = 3000}),
      singles({.seed = 6, .huge_pages = false, .slots = 3000});
  std::uint64_t random = 13;
  for (std::uint32_t round = 0; round < 500; ++round) {
    while (bursts.size() < 2900) {
      const FiveTuple4 key = scattered_key<FiveTuple4>(splitmix64(random) % 4000);
      ASSERT_EQ(bursts.insert(key, 0), singles.insert(key, 0));
    }
    // Some keys are absent, some are there twice.
    std::array<FiveTuple4, kMaxBurst> keys;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      keys[i] =
          i % 8 == 7 ? keys[i - splitmix64(random) % 7 - 1] : scattered_key<FiveTuple4>(splitmix64(random) % 4000);
    }
    const std::uint64_t erased = bursts.erase_burst(keys);
    for (std::size_t i = 0; i < keys.size(); ++i) {
      ASSERT_EQ((erased >> i & 1) != 0, singles.erase(keys[i])) << "round " << round << ", key " << i;
    }
    ASSERT_EQ(bursts.size(), singles.size());
    std::uint32_t value = 0;
    for (const FiveTuple4& key : keys) ASSERT_FALSE(bursts.find(key, value));
  }
}

TEST(FlowgroupChurn, GuestsReturnHome) {
  constexpr std::uint64_t kFlows = 8000, kTurnovers = 50;
  Table4 table({.seed = 9, .huge_pages = false, .slots = 10000});
  std::uint64_t oldest = 0, next = 0;
  const auto away = [&] {
    std::uint64_t count = 0;
    for (std::uint64_t i = oldest; i < next; ++i) count += table.probe_length(scattered_key<FiveTuple4>(i)) - 1;
    return static_cast<double>(count) / kFlows;
  };
  for (; next < kFlows; ++next) ASSERT_EQ(table.insert(scattered_key<FiveTuple4>(next), 0), InsertResult::kInserted);
  EXPECT_LT(away(), 0.06);
  for (std::uint64_t i = 0; i < kTurnovers * kFlows; ++i, ++oldest, ++next) {
    ASSERT_TRUE(table.erase(scattered_key<FiveTuple4>(oldest)));
    ASSERT_EQ(table.insert(scattered_key<FiveTuple4>(next), 0), InsertResult::kInserted);
  }
  EXPECT_LT(away(), 0.11) << "without the way home it is 0.14";
}

TEST(FlowgroupBursts, ATableMayChangeBetweenTheHalvesOfALookup) {
  Table4 table({.capacity = 1000, .seed = 1, .huge_pages = false});
  std::array<FiveTuple4, 64> keys;
  std::array<std::uint32_t, 64> values;
  for (std::uint32_t i = 0; i < keys.size(); ++i) keys[i] = scattered_key<FiveTuple4>(i);
  for (std::uint32_t i = 0; i < 32; ++i) table.insert(keys[i], i);
  Table4::Pending pending;
  table.start(keys, pending);
  for (std::uint32_t i = 0; i < 16; ++i) table.erase(keys[i]);
  for (std::uint32_t i = 32; i < 48; ++i) table.insert(keys[i], i);
  EXPECT_EQ(table.finish(keys, pending, values), 0x0000ffffffff0000u);
  for (std::uint32_t i = 16; i < 48; ++i) EXPECT_EQ(values[i], i);
}

}  // namespace
}  // namespace nicbench
