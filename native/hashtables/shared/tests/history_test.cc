// Histories of few keys under many threads, checked for linearizability; and the checker checked with impossible ones.
#include "hashtables/shared/tests/history.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "hashtables/shared/tests/schemes.h"

namespace nicbench {
namespace {

using testing::Deadline;
using testing::Event;
using testing::HistoryOfKey;
using testing::on_threads;
using testing::scattered_key;
using testing::tight_table;
using testing::Twin;
using Kind = Event::Kind;
using Threads = std::vector<std::vector<Event>>;

bool possible(const Threads& threads) { return HistoryOfKey(threads).is_possible(); }

TEST(HistoryChecker, AcceptsWhatOneThreadMaySee) {
  EXPECT_TRUE(possible({{{Kind::kFind, false, 0, 0, 1},
                         {Kind::kInsert, true, 7, 2, 3},
                         {Kind::kInsert, false, 7, 4, 5},
                         {Kind::kFind, true, 7, 6, 7},
                         {Kind::kErase, true, 0, 8, 9},
                         {Kind::kErase, false, 0, 10, 11}}}));
}

TEST(HistoryChecker, AcceptsEitherOrderOfCallsThatOverlap) {
  for (const bool found : {false, true}) {
    EXPECT_TRUE(possible({{{Kind::kInsert, true, 7, 0, 10}}, {{Kind::kFind, found, found ? 7u : 0u, 5, 6}}}));
  }
}

TEST(HistoryChecker, RefusesWhatCannotBe) {
  EXPECT_FALSE(possible({{{Kind::kInsert, true, 7, 0, 1}}, {{Kind::kFind, false, 0, 2, 3}}})) << "a lost key";
  EXPECT_FALSE(possible({{{Kind::kInsert, true, 7, 0, 10}}, {{Kind::kInsert, true, 8, 1, 9}}})) << "two winners";
  EXPECT_FALSE(
      possible({{{Kind::kInsert, true, 7, 0, 1}, {Kind::kErase, true, 0, 2, 3}}, {{Kind::kFind, true, 7, 4, 5}}}))
      << "found after it was erased";
  EXPECT_FALSE(possible({{{Kind::kInsert, true, 7, 0, 1}}, {{Kind::kInsert, false, 9, 0, 3}}})) << "another's value";
  EXPECT_FALSE(
      possible({{{Kind::kInsert, true, 7, 0, 9}}, {{Kind::kFind, true, 7, 1, 2}, {Kind::kFind, false, 0, 3, 4}}}))
      << "seen, then not yet there";
}

template <class S>
class SharedHistory : public ::testing::Test {};

TYPED_TEST_SUITE(SharedHistory, testing::Schemes, testing::SchemeNames);

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// Two threads work on the same few keys and record it, while a third makes inserts move keys in a nearly full table.
TYPED_TEST(SharedHistory, IsLinearizable) {
  using Table = typename TypeParam::template Table<FiveTuple4, Twin>;
  constexpr std::size_t kRecording = 3, kKeys = 6, kFillers = 50;
  constexpr std::size_t kMostEvents = 30'000;  // of a thread
  Table table(tight_table(64));
  const auto key = [](std::uint64_t i) { return scattered_key<FiveTuple4>(i); };
  for (std::uint64_t i = 0; i < kFillers; ++i) table.insert(key(100 + i), Twin::of(100 + i, 1));
  std::vector<Threads> histories(kKeys, Threads(kRecording));
  std::atomic<std::uint64_t> torn{0};
  const Deadline deadline(std::chrono::milliseconds(150));
  on_threads(kRecording + 1, [&](std::size_t thread) {
    Xoshiro256 random(thread + 1);
    if (thread == kRecording) {
      while (!deadline.over()) {
        const std::uint64_t i = 100 + random.below(kFillers);
        if (!table.erase(key(i))) table.insert(key(i), Twin::of(i, 1));
      }
      return;
    }
    for (std::uint64_t n = 1; n < kMostEvents && !deadline.over(); ++n) {
      const std::uint64_t i = random.below(kKeys), choice = random.below(8);
      Event event;
      event.kind = choice < 3 ? Kind::kInsert : choice < 5 ? Kind::kErase : Kind::kFind;
      Twin value = Twin::of(i, n * kRecording + thread);
      InsertResult inserted = InsertResult::kInserted;
      event.called = now();
      switch (event.kind) {
        case Kind::kInsert:
          inserted = table.insert_or_get(key(i), value);
          event.done = inserted == InsertResult::kInserted;
          break;
        case Kind::kFind: event.done = table.find(key(i), value); break;
        case Kind::kErase: event.done = table.erase(key(i)); break;
      }
      event.returned = now();
      if (inserted == InsertResult::kFull) continue;  // did nothing, whenever
      if (event.kind == Kind::kInsert || (event.kind == Kind::kFind && event.done)) {
        torn += !value.belongs_to(i);
        event.value = value.version;
      }
      histories[i][thread].push_back(event);
    }
  });
  EXPECT_EQ(torn, 0u);
  for (std::size_t i = 0; i < kKeys; ++i) {
    EXPECT_FALSE(histories[i][0].empty());
    EXPECT_TRUE(possible(histories[i])) << "key " << i;
  }
}

}  // namespace
}  // namespace nicbench
