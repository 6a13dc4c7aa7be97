// What flowindex and its index promise beyond FlowTable.
#include "hashtables/flowindex.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>
#include <vector>

#include "common/random.h"
#include "hashtables/tests/conformance.h"
#include "hashtables/tests/keys.h"
#include "hashtables/tests/weak_index.h"

namespace nicbench {
namespace {

using testing::scattered_key;
using Table4 = FlowindexTable<FiveTuple4, std::uint32_t>;
using Number = FlowIndex::Number;

static_assert(BurstInsertable<Table4>);
static_assert(BurstErasable<Table4>);
static_assert(SplitLookup<FlowindexTable<FiveTuple6, std::uint64_t>>);
static_assert(ProbeStatistics<FlowindexTable<FiveTuple6, std::uint8_t>>);

using Weak = TableList<testing::WeakIndexTag<32>>;
INSTANTIATE_TYPED_TEST_SUITE_P(WeakIndex, Conformance, ConformanceCases<Weak>::Types, ConformanceCases<Weak>::Names);

TEST(Flowindex, ForgetsEveryTraceOfErasedKeys) {
  Table4 table({.seed = 5, .huge_pages = false, .slots = 20000});
  for (std::uint64_t round = 0; round < 5; ++round) {
    const std::uint64_t first = round * 100000;
    std::uint64_t next = first;
    while (table.insert(scattered_key<FiveTuple4>(next), 0) == InsertResult::kInserted) ++next;
    EXPECT_GT(static_cast<double>(table.size()), 0.96 * static_cast<double>(table.capacity()));
    for (std::uint64_t i = first; i < next; ++i) ASSERT_TRUE(table.erase(scattered_key<FiveTuple4>(i)));
    ASSERT_EQ(table.size(), 0u);
    for (std::uint64_t i = 0; i < 100000; ++i) ASSERT_EQ(table.probe_length(scattered_key<FiveTuple4>(i)), 1u) << i;
  }
}

TEST(Flowindex, ReadsOneLineOfTheIndexForMostKeysAlsoAfterLongChurn) {
  constexpr std::uint64_t kFlows = 8000, kTurnovers = 50;
  Table4 table({.seed = 9, .huge_pages = false, .slots = 10000});
  std::uint64_t oldest = 0, next = 0;
  for (; next < kFlows; ++next) ASSERT_EQ(table.insert(scattered_key<FiveTuple4>(next), 0), InsertResult::kInserted);
  for (std::uint64_t i = 0; i < kTurnovers * kFlows; ++i, ++oldest, ++next) {
    ASSERT_TRUE(table.erase(scattered_key<FiveTuple4>(oldest)));
    ASSERT_EQ(table.insert(scattered_key<FiveTuple4>(next), 0), InsertResult::kInserted);
  }
  std::uint64_t second = 0;
  for (std::uint64_t i = oldest; i < next; ++i) second += table.probe_length(scattered_key<FiveTuple4>(i)) - 1;
  EXPECT_LT(static_cast<double>(second) / kFlows, 0.13);
}

TEST(FlowIndex, TakesEightBytesAFlow) {
  const FlowIndex index({.capacity = 1u << 20, .huge_pages = false});
  EXPECT_LT(static_cast<double>(index.memory()) / (1u << 20), 8.1);
  EXPECT_GE(index.capacity(), 1u << 20);
}

// Whoever asks says which of the numbers at a place is meant, and erases by number.
TEST(FlowIndex, TellsEntriesOfOnePlaceApartByNumber) {
  FlowIndex index({.capacity = 100, .huge_pages = false});
  const FlowIndex::Place place = index.place_of(0x123456789abcdef0u);
  const auto at = [&](Number wanted) { return index.find(place, [&](Number number) { return number == wanted; }); };
  std::set<Number> here;
  // Two groups: the rest is refused, and nothing moves.
  for (Number number = 0; number < 30; ++number) {
    if (index.insert(place, number)) here.insert(number);
  }
  EXPECT_EQ(here.size(), 2 * FlowIndex::kSlots);
  EXPECT_EQ(index.size(), here.size());
  for (Number number = 0; number < 30; ++number) {
    EXPECT_EQ(at(number), here.contains(number) ? number : FlowIndex::kNone);
    EXPECT_EQ(index.erase(place, number), here.contains(number));
    EXPECT_EQ(at(number), FlowIndex::kNone);
    EXPECT_FALSE(index.erase(place, number));
  }
  EXPECT_EQ(index.size(), 0u);
}

// A flow has two entries where its replies carry another tuple. Few groups and tags, so that they often meet.
TEST(FlowIndex, KeepsTwoEntriesOfOneNumberApart) {
  constexpr Number kNumbers = 50;
  FlowIndex index({.huge_pages = false, .slots = 110});
  std::uint64_t random = 1;
  const auto some_place = [&] {
    const std::uint64_t hash = splitmix64(random);
    return index.place_of((hash & ~std::uint64_t{0xffff}) | (1 + hash % 2));
  };
  std::vector<std::vector<FlowIndex::Place>> places(kNumbers);
  const auto expect_all = [&] {
    std::size_t entries = 0;
    for (Number wanted = 0; wanted < kNumbers; ++wanted) {
      entries += places[wanted].size();
      for (const FlowIndex::Place& place : places[wanted]) {
        ASSERT_EQ(index.find(place, [&](Number number) { return number == wanted; }), wanted);
      }
    }
    ASSERT_EQ(index.size(), entries);
  };
  for (int step = 0; step < 20'000; ++step) {
    const auto number = static_cast<Number>(splitmix64(random) % kNumbers);
    if (places[number].empty()) {
      for (const FlowIndex::Place place : {some_place(), some_place()}) {
        if (index.insert(place, number)) places[number].push_back(place);
      }
    } else {
      for (const FlowIndex::Place& place : places[number]) ASSERT_TRUE(index.erase(place, number)) << "step " << step;
      places[number].clear();
    }
    expect_all();
    if (HasFatalFailure()) return;
  }
}

TEST(FlowIndex, HasCandidatesForAllThatIsThereWhichAreSeldomWrong) {
  KeyIndex<FiveTuple4> index({.seed = 1, .huge_pages = false, .slots = 1000});
  std::vector<FlowIndex::Place> places;
  for (Number number = 0; number < 960; ++number) {
    places.push_back(index.place_of(scattered_key<FiveTuple4>(number)));
    ASSERT_TRUE(index.insert(places.back(), number));
  }
  std::size_t wrong = 0;
  for (Number first = 0; first < 960; first += 32) {
    Number numbers[32];
    index.candidates(std::span(places).subspan(first, 32), numbers);
    for (Number i = 0; i < 32; ++i) {
      ASSERT_NE(numbers[i], FlowIndex::kNone);
      wrong += numbers[i] != first + i;
    }
  }
  EXPECT_LE(wrong, 2u);
  index.clear();
  Number none[32];
  index.candidates(std::span(places).first(32), none);
  for (const Number number : none) EXPECT_EQ(number, FlowIndex::kNone);
}

}  // namespace
}  // namespace nicbench
