// One suite over every table of a list and both key types: what FlowTable promises.
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(Core, Conformance, ConformanceCases<Tables>::Types,
//   ConformanceCases<Tables>::Names);
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <new>
#include <stdexcept>
#include <unordered_map>
#include <vector>

#include "hashtables/registry.h"
#include "hashtables/tests/keys.h"

namespace nicbench {

using testing::scattered_key;
using testing::sequential_key;

template <class Tag, class K>
struct Case {
  using Key = K;
  using Table = typename Tag::template Table<K, std::uint32_t>;
  static_assert(FlowTable<Table>);
};

template <class Tags>
struct ConformanceCases;
template <class... Tags>
struct ConformanceCases<TableList<Tags...>> {
  using Types = ::testing::Types<Case<Tags, FiveTuple4>..., Case<Tags, FiveTuple6>...>;

  // rte-hash, IPv6: rte_hash_ipv6.
  struct Names {
    template <class C>
    static std::string GetName(int index) {
      const auto infos = table_infos(TableList<Tags...>{});
      const std::size_t i = static_cast<std::size_t>(index);
      std::string name(infos[i % infos.size()].name);
      std::replace_if(
          name.begin(), name.end(), [](char c) { return c == '-' || c == '+'; }, '_');
      return name + (i < infos.size() ? "_ipv4" : "_ipv6");
    }
  };
};

template <class C>
class Conformance : public ::testing::Test {
 protected:
  using Table = typename C::Table;

  static TableOptions options(std::size_t capacity, std::uint64_t seed = 1) {
    return {.capacity = capacity, .seed = seed, .huge_pages = false};
  }
  static bool has(const Table& table, const typename C::Key& key, std::uint32_t expected) {
    std::uint32_t value = ~expected;
    return table.find(key, value) && value == expected;
  }
};

TYPED_TEST_SUITE_P(Conformance);

TYPED_TEST_P(Conformance, AnEmptyTableHasNothing) {
  typename TestFixture::Table table(this->options(100));
  std::uint32_t value = 0;
  EXPECT_EQ(table.size(), 0u);
  EXPECT_FALSE(table.find(scattered_key<typename TypeParam::Key>(1), value));
  EXPECT_FALSE(table.erase(scattered_key<typename TypeParam::Key>(1)));
  EXPECT_FALSE(table.find({}, value)) << "the all-zero key is a key like any other";
}

TYPED_TEST_P(Conformance, AnEmptyBurstAsksForNothing) {
  using Table = typename TestFixture::Table;
  Table table(this->options(100));
  table.insert(scattered_key<typename TypeParam::Key>(1), 1);
  EXPECT_EQ(table.find_burst({}, {}), 0u);
  if constexpr (SplitLookup<Table>) {
    typename Table::Pending pending;
    table.start({}, pending);
    EXPECT_EQ(table.finish({}, pending, {}), 0u);
  }
}

TYPED_TEST_P(Conformance, TheAllZeroKeyCanBeStored) {
  typename TestFixture::Table table(this->options(100));
  EXPECT_EQ(table.insert({}, 7), InsertResult::kInserted);
  EXPECT_TRUE(this->has(table, {}, 7));
  EXPECT_TRUE(table.erase({}));
  std::uint32_t value = 0;
  EXPECT_FALSE(table.find({}, value));
}

TYPED_TEST_P(Conformance, InsertKeepsTheFirstValue) {
  typename TestFixture::Table table(this->options(100));
  const auto key = scattered_key<typename TypeParam::Key>(1);
  EXPECT_EQ(table.insert(key, 1), InsertResult::kInserted);
  EXPECT_EQ(table.insert(key, 2), InsertResult::kExists);
  EXPECT_TRUE(this->has(table, key, 1));
  EXPECT_EQ(table.size(), 1u);
}

TYPED_TEST_P(Conformance, HoldsItsCapacityWhateverTheSeed) {
  for (const std::size_t capacity : {1, 2, 3, 7, 8, 9, 16, 31, 64, 100, 1000, 20000}) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      typename TestFixture::Table table(this->options(capacity, seed));
      EXPECT_GE(table.capacity(), capacity);
      for (std::uint64_t i = 0; i < capacity; ++i) {
        ASSERT_EQ(table.insert(sequential_key<typename TypeParam::Key>(i), static_cast<std::uint32_t>(i)),
                  InsertResult::kInserted)
            << "entry " << i << " of " << capacity << ", seed " << seed;
      }
      ASSERT_EQ(table.size(), capacity);
      for (std::uint64_t i = 0; i < capacity; ++i) {
        ASSERT_TRUE(this->has(table, sequential_key<typename TypeParam::Key>(i), static_cast<std::uint32_t>(i)));
      }
    }
  }
}

TYPED_TEST_P(Conformance, AFullTableRefusesAndLosesNothing) {
  using Key = typename TypeParam::Key;
  for (const std::size_t capacity : {1, 50, 5000}) {
    typename TestFixture::Table table(this->options(capacity));
    std::vector<std::uint64_t> stored;
    std::vector<std::uint64_t> refused;
    for (std::uint64_t i = 0; refused.size() < 200 && i < 40 * capacity + 1000; ++i) {
      const InsertResult result = table.insert(scattered_key<Key>(i), static_cast<std::uint32_t>(i));
      ASSERT_NE(result, InsertResult::kExists);
      (result == InsertResult::kInserted ? stored : refused).push_back(i);
    }
    ASSERT_FALSE(refused.empty());
    ASSERT_EQ(table.size(), stored.size());
    ASSERT_LE(table.size(), table.capacity());
    for (const std::uint64_t i : stored) {
      ASSERT_TRUE(this->has(table, scattered_key<Key>(i), static_cast<std::uint32_t>(i)));
      ASSERT_EQ(table.insert(scattered_key<Key>(i), 0), InsertResult::kExists);
    }
    std::uint32_t value = 0;
    for (const std::uint64_t i : refused) ASSERT_FALSE(table.find(scattered_key<Key>(i), value));
    for (const std::uint64_t i : stored) ASSERT_TRUE(table.erase(scattered_key<Key>(i)));
    EXPECT_EQ(table.size(), 0u);
  }
}

TYPED_TEST_P(Conformance, BurstsAgreeWithSingleLookups) {
  using Key = typename TypeParam::Key;
  typename TestFixture::Table table(this->options(4000));
  for (std::uint64_t i = 0; i < 4000; i += 2) table.insert(scattered_key<Key>(i), static_cast<std::uint32_t>(i));
  std::uint64_t next = 0;
  for (std::size_t length = 0; length <= kMaxBurst; ++length) {
    std::vector<Key> keys(length);
    std::vector<std::uint32_t> values(length);
    for (Key& key : keys) key = scattered_key<Key>(next++);
    const std::uint64_t hits = table.find_burst(keys, values);
    for (std::size_t i = 0; i < length; ++i) {
      std::uint32_t value = 0;
      const bool found = table.find(keys[i], value);
      ASSERT_EQ((hits >> i & 1) != 0, found) << "burst of " << length << ", key " << i;
      if (found) {
        ASSERT_EQ(values[i], value);
      }
    }
    if (length < kMaxBurst) {
      ASSERT_EQ(hits >> length, 0u) << "no hit beyond the burst";
    }
  }
}

TYPED_TEST_P(Conformance, ABurstMayRepeatAKey) {
  using Key = typename TypeParam::Key;
  typename TestFixture::Table table(this->options(100));
  table.insert(scattered_key<Key>(1), 5);
  const std::vector<Key> keys(kMaxBurst, scattered_key<Key>(1));
  std::vector<std::uint32_t> values(kMaxBurst);
  EXPECT_EQ(table.find_burst(keys, values), ~std::uint64_t{0});
  EXPECT_EQ(std::count(values.begin(), values.end(), 5u), static_cast<std::ptrdiff_t>(kMaxBurst));
}

TYPED_TEST_P(Conformance, ForEachVisitsEveryEntryOnce) {
  using Key = typename TypeParam::Key;
  typename TestFixture::Table table(this->options(3000));
  for (std::uint64_t i = 0; i < 3000; ++i) table.insert(scattered_key<Key>(i), static_cast<std::uint32_t>(i));
  for (std::uint64_t i = 0; i < 3000; i += 3) table.erase(scattered_key<Key>(i));
  std::vector<int> visits(3000);
  const auto& constant = table;
  constant.for_each([&](const Key& key, const std::uint32_t& value) {
    ASSERT_LT(value, visits.size());
    ++visits[value];
    ASSERT_EQ(key, scattered_key<Key>(value));
  });
  for (std::size_t i = 0; i < visits.size(); ++i) ASSERT_EQ(visits[i], i % 3 == 0 ? 0 : 1) << i;
}

TYPED_TEST_P(Conformance, ClearForgetsAllAndTheTableCanBeFilledAgain) {
  using Key = typename TypeParam::Key;
  typename TestFixture::Table table(this->options(1000));
  for (std::uint32_t round = 0; round < 3; ++round) {
    for (std::uint64_t i = 0; i < 1000; ++i) {
      ASSERT_EQ(table.insert(scattered_key<Key>(i), round), InsertResult::kInserted);
    }
    for (std::uint64_t i = 0; i < 1000; ++i) ASSERT_TRUE(this->has(table, scattered_key<Key>(i), round));
    table.clear();
    EXPECT_EQ(table.size(), 0u);
    std::uint32_t value = 0;
    for (std::uint64_t i = 0; i < 1000; ++i) ASSERT_FALSE(table.find(scattered_key<Key>(i), value));
    std::size_t visited = 0;
    table.for_each([&](const Key&, const std::uint32_t&) { ++visited; });
    EXPECT_EQ(visited, 0u);
  }
}

// A table whose erase repairs the wrong place (as a published Cuckoo++ does with its filters) loses flows only after a
// long time at a high load: every flow is looked up after each generation.
TYPED_TEST_P(Conformance, LongChurnAtConstantSizeLosesNoFlow) {
  using Key = typename TypeParam::Key;
  constexpr std::uint64_t kFlows = 6000;
  typename TestFixture::Table table(this->options(kFlows));
  std::uint64_t oldest = 0, next = 0;
  while (next < kFlows) {
    ASSERT_EQ(table.insert(scattered_key<Key>(next), static_cast<std::uint32_t>(next)), InsertResult::kInserted);
    ++next;
  }
  for (int generation = 0; generation < 100; ++generation) {
    for (std::uint64_t i = 0; i < kFlows / 4; ++i, ++oldest, ++next) {
      ASSERT_TRUE(table.erase(scattered_key<Key>(oldest))) << oldest;
      ASSERT_EQ(table.insert(scattered_key<Key>(next), static_cast<std::uint32_t>(next)), InsertResult::kInserted)
          << next;
    }
    ASSERT_EQ(table.size(), kFlows);
    for (std::uint64_t i = oldest; i < next; ++i) {
      ASSERT_TRUE(this->has(table, scattered_key<Key>(i), static_cast<std::uint32_t>(i)))
          << "flow " << i << " in generation " << generation;
    }
    std::uint32_t value = 0;
    for (std::uint64_t i = oldest - kFlows / 4; i < oldest; ++i) ASSERT_FALSE(table.find(scattered_key<Key>(i), value));
  }
}

TYPED_TEST_P(Conformance, CapacityZeroIsATableThatWorksOrRefuses) {
  using Key = typename TypeParam::Key;
  typename TestFixture::Table table(this->options(0));
  std::size_t stored = 0;
  for (std::uint64_t i = 0; i < 200; ++i) {
    stored += table.insert(scattered_key<Key>(i), static_cast<std::uint32_t>(i)) == InsertResult::kInserted;
  }
  EXPECT_EQ(table.size(), stored);
  EXPECT_LE(stored, table.capacity());
}

TYPED_TEST_P(Conformance, AbsurdCapacityThrows) {
  for (const std::size_t capacity :
       {~std::size_t{0}, ~std::size_t{0} / 2, ~std::size_t{0} / 16 + 1, ~std::size_t{0} / 64, std::size_t{1} << 60,
        std::size_t{1} << 45, std::size_t{1} << 40}) {
    try {
      const typename TestFixture::Table table(this->options(capacity));
      FAIL() << "made a table of " << capacity << " entries";
    } catch (const std::bad_alloc&) {
    } catch (const std::length_error&) {
    }
  }
}

// Keys made by someone who knows the seed: equal in the top 14 bits of the hash (one bucket, or one run, of a small
// table) or in the low 14 (signatures, groups). Many will be refused; those that are not must be found.
TYPED_TEST_P(Conformance, KeysMadeToCollideAreStoredOrRefusedButNeverLost) {
  using Key = typename TypeParam::Key;
  constexpr std::size_t kKeys = 400;
  for (const unsigned shift : {0u, 50u}) {
    const TupleHash hash(9);
    typename TestFixture::Table table(this->options(1000, 9));
    std::vector<Key> stored;
    std::uint64_t i = 0;
    for (std::size_t made = 0; made < kKeys; ++i) {
      const Key key = scattered_key<Key>(i);
      if ((hash(key) >> shift & 0x3fff) != 77) continue;
      ++made;
      if (table.insert(key, static_cast<std::uint32_t>(i)) == InsertResult::kInserted) stored.push_back(key);
    }
    EXPECT_FALSE(stored.empty());
    EXPECT_EQ(table.size(), stored.size());
    std::uint32_t value = 0;
    for (const Key& key : stored) ASSERT_TRUE(table.find(key, value));
    for (std::size_t erased = 0; erased < stored.size(); ++erased) {
      ASSERT_TRUE(table.erase(stored[erased]));
      for (std::size_t left = erased + 1; left < stored.size(); left += 7) ASSERT_TRUE(table.find(stored[left], value));
    }
    EXPECT_EQ(table.size(), 0u);
  }
}

TYPED_TEST_P(Conformance, MemoryCoversWhatIsStored) {
  using Key = typename TypeParam::Key;
  typename TestFixture::Table table(this->options(10000));
  for (std::uint64_t i = 0; i < 10000; ++i) table.insert(scattered_key<Key>(i), 1);
  // 13 or 37 bytes carry the key; a layout may leave the padding out.
  EXPECT_GE(table.memory(), 10000 * (sizeof(Key) - 3 + sizeof(std::uint32_t)));
}

REGISTER_TYPED_TEST_SUITE_P(Conformance, AnEmptyTableHasNothing, AnEmptyBurstAsksForNothing, TheAllZeroKeyCanBeStored,
                            InsertKeepsTheFirstValue, HoldsItsCapacityWhateverTheSeed, AFullTableRefusesAndLosesNothing,
                            BurstsAgreeWithSingleLookups, ABurstMayRepeatAKey, ForEachVisitsEveryEntryOnce,
                            ClearForgetsAllAndTheTableCanBeFilledAgain, LongChurnAtConstantSizeLosesNoFlow,
                            CapacityZeroIsATableThatWorksOrRefuses, AbsurdCapacityThrows,
                            KeysMadeToCollideAreStoredOrRefusedButNeverLost, MemoryCoversWhatIsStored);

}  // namespace nicbench
