// What flowline promises beyond FlowTable.
#include "hashtables/flowline.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>

#include "hashtables/tests/entries.h"
#include "hashtables/tests/keys.h"

namespace nicbench {
namespace {

using testing::make_value;
using testing::scattered_key;

static_assert(BurstInsertable<FlowlineTable<FiveTuple4, std::uint32_t>>);
static_assert(BurstErasable<FlowlineTable<FiveTuple4, std::uint32_t>>);
static_assert(SplitLookup<FlowlineTable<FiveTuple6, std::uint64_t>>);
static_assert(ProbeStatistics<FlowlineTable<FiveTuple6, std::uint8_t>>);

template <class E>
class Flowline : public ::testing::Test {};
TYPED_TEST_SUITE(Flowline, testing::Entries);

TYPED_TEST(Flowline, KeepsValuesOfAnySizeInBothBucketsOfAKey) {
  using Table = FlowlineTable<typename TypeParam::Key, typename TypeParam::Value>;
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

TYPED_TEST(Flowline, HoldsAKeyAndValueByteInLessThanOnePointThreeFiveBytes) {
  using Bucket = FlowlineBucket<typename TypeParam::Key, typename TypeParam::Value>;
  // Per slot: the bucket's share and that of its byte in the side map; 90 % of the slots are used.
  const double slot = (sizeof(Bucket) + 1.0) / Bucket::kSlots;
  EXPECT_LE(slot / 0.9, 1.35 * (sizeof(typename TypeParam::Key) + sizeof(typename TypeParam::Value)));
}

TYPED_TEST(Flowline, ForgetsEveryTraceOfErasedKeys) {
  using Key = typename TypeParam::Key;
  using Table = FlowlineTable<Key, typename TypeParam::Value>;
  Table table({.seed = 5, .huge_pages = false, .slots = 20000});
  for (std::uint64_t round = 0; round < 5; ++round) {
    const std::uint64_t first = round * 100000;
    std::uint64_t next = first;
    while (table.insert(scattered_key<Key>(next), {}) == InsertResult::kInserted) ++next;
    EXPECT_GT(static_cast<double>(table.size()), 0.92 * static_cast<double>(table.capacity()));
    for (std::uint64_t i = first; i < next; ++i) ASSERT_TRUE(table.erase(scattered_key<Key>(i)));
    ASSERT_EQ(table.size(), 0u);
    // A spill bit left behind would send some of these misses to a second bucket, for ever.
    for (std::uint64_t i = 0; i < 100000; ++i) ASSERT_EQ(table.probe_length(scattered_key<Key>(i)), 1u) << i;
  }
}

TEST(FlowlineBursts, RepeatedKeysInOneInsertBurstAreInsertedOnce) {
  using Table = FlowlineTable<FiveTuple4, std::uint32_t>;
  // 12 slots in 4 buckets: most keys find their home full.
  Table table({.seed = 1, .huge_pages = false, .slots = 12});
  std::array<FiveTuple4, 20> keys;
  std::array<std::uint32_t, 20> values;
  std::array<InsertResult, 20> results;
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
  EXPECT_GE(inserted, 8u);
}

TEST(FlowlineBursts, ATableMayChangeBetweenTheHalvesOfALookup) {
  using Table = FlowlineTable<FiveTuple4, std::uint32_t>;
  Table table({.capacity = 1000, .seed = 1, .huge_pages = false});
  std::array<FiveTuple4, 64> keys;
  std::array<std::uint32_t, 64> values;
  for (std::uint32_t i = 0; i < keys.size(); ++i) keys[i] = scattered_key<FiveTuple4>(i);
  for (std::uint32_t i = 0; i < 32; ++i) table.insert(keys[i], i);
  Table::Pending pending;
  table.start(keys, pending);
  for (std::uint32_t i = 0; i < 16; ++i) table.erase(keys[i]);
  EXPECT_EQ(table.finish(keys, pending, values), 0xffff0000u);
}

}  // namespace
}  // namespace nicbench
