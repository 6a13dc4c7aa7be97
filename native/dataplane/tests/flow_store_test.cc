#include "dataplane/flow_store.h"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

#include "packet/five_tuple.h"

namespace nicbench {
namespace {

using Store = FlowStore<FiveTuple4>;
using Numbers = FlowNumbers<FiveTuple4>;

TEST(FlowStore, HandsOutEveryNumberOnce) {
  for (const std::size_t capacity : {1u, 64u, 1024u, 1025u, 5000u}) {
    Store store(capacity, false, false);
    Numbers numbers(store);
    std::set<std::uint32_t> seen;
    for (std::uint32_t flow = numbers.take(); flow != kNoFlow; flow = numbers.take()) {
      ASSERT_LT(flow, capacity);
      ASSERT_TRUE(seen.insert(flow).second);
    }
    EXPECT_EQ(seen.size(), capacity);
    EXPECT_EQ(numbers.used(), capacity);
    numbers.give_back(0);
    EXPECT_EQ(numbers.take(), 0u);
    EXPECT_EQ(numbers.take(), kNoFlow);
  }
}

TEST(FlowStore, KeepsKeysBesideStatesOrInThem) {
  for (const bool windows : {false, true}) {
    Store store(100, false, windows);
    EXPECT_EQ(store.has_room_for_windows(), windows);
    for (std::uint32_t flow = 0; flow < 100; ++flow) store.set_key(flow, {flow, 1, 2, 3, 17, {}});
    for (std::uint32_t flow = 0; flow < 100; ++flow) {
      if (windows) store.state(flow).window[1].max_win = 7;
      store.state(flow).packets = 9;
      EXPECT_EQ(store.key(flow), (FiveTuple4{flow, 1, 2, 3, 17, {}}));
    }
  }
  EXPECT_LT(Store(100'000, false, false).memory(), Store(100'000, false, true).memory());
  EXPECT_TRUE(FlowStore<FiveTuple6>(1, false, false).has_room_for_windows()) << "no IPv6 key fits";
}

TEST(FlowStore, ListsTheNumbersInUseForSweeps) {
  Store store(4000, false, false);
  Numbers mine(store), others(store);
  std::set<std::uint32_t> taken;
  for (int i = 0; i < 1500; ++i) {
    taken.insert(mine.take());
    others.take();
  }
  ASSERT_EQ(mine.used(), 1500u);
  std::set<std::uint32_t> listed;
  for (std::size_t i = 0; i < mine.used(); ++i) listed.insert(mine.at(i));
  EXPECT_EQ(listed, taken);
}

TEST(FlowStore, GivesCoresNumbersOfTheirOwn) {
  constexpr std::size_t kCores = 4, kEach = 20'000;
  Store store(kCores * (kEach + Store::kBlock), false, false);
  std::vector<std::vector<std::uint32_t>> taken(kCores);
  std::vector<std::thread> cores;
  for (std::size_t core = 0; core < kCores; ++core) {
    cores.emplace_back([&store, &mine = taken[core]] {
      Numbers numbers(store);
      for (std::size_t i = 0; i < kEach; ++i) {
        const std::uint32_t flow = numbers.take();
        store.state(flow).packets = flow;  // a race, if another core has it, too
        if (i % 3 == 0) {
          numbers.give_back(flow);
        } else {
          mine.push_back(flow);
        }
      }
    });
  }
  for (std::thread& core : cores) core.join();
  std::set<std::uint32_t> all;
  for (const auto& mine : taken) {
    for (const std::uint32_t flow : mine) ASSERT_TRUE(all.insert(flow).second);
  }
}

}  // namespace
}  // namespace nicbench
