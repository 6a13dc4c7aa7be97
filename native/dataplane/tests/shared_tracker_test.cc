// Trackers over one shared table: against the oracle, one worker and two that take turns; and on threads.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "dataplane/connection_tracker.h"
#include "dataplane/tests/duel.h"
#include "dataplane/tests/tracker_fixture.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {
namespace {

using testing::Case;
using testing::Duel;

// Runs body(tag) for every way of sharing and every table that it goes with.
template <class F>
void for_every_shared_table(F&& body) {
  for (std::size_t i = 1; i < kSharingNames.size(); ++i) {
    const auto sharing = static_cast<Sharing>(i);
    for (const TableInfo& info : table_infos(sharing)) {
      SCOPED_TRACE(std::string(to_string(sharing)) + ", " + std::string(info.name));
      with_table(sharing, info.name, body);
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

template <class Tag>
using TrackerOf = testing::TrackerOf<Tag>;

// Two workers have no use whose replies carry another tuple: they would reach another worker than their flow.
std::vector<Case> uses_for(std::size_t workers) {
  std::vector<Case> cases = testing::uses();
  if (workers > 1) {
    std::erase_if(cases,
                  [](const Case& c) { return c.options.use == Use::kNat || c.options.replies == Replies::kRewritten; });
  }
  return cases;
}

TEST(Model, AgreesWithEverySharedTableOnOneWorkerAndOnTwo) {
  std::uint64_t seed = 1000;
  for_every_shared_table([&]<class Tag>(Tag) {
    for (const std::size_t workers : {1, 2}) {
      for (const auto& [name, expiry] : testing::expiries()) {
        for (Case c : uses_for(workers)) {
          c.name += ", " + name;
          SCOPED_TRACE(c.name + ", " + std::to_string(workers) + " workers, seed " + std::to_string(++seed));
          c.options.expiry = expiry;
          c.options.shared = workers > 1;
          typename TrackerOf<Tag>::Memory memory({4096, seed, false}, {4096, seed, false}, c.options.check_windows, 2,
                                                 workers);
          std::vector<std::unique_ptr<TrackerOf<Tag>>> trackers;
          std::vector<TrackerOf<Tag>*> pointers;
          for (std::size_t i = 0; i < workers; ++i) {
            trackers.push_back(std::make_unique<TrackerOf<Tag>>(memory, c.options));
            pointers.push_back(trackers.back().get());
          }
          Duel duel(pointers, c, seed);
          duel.run(150);
          if (HasFatalFailure()) return;
        }
      }
    }
  });
}

// Every core its own flows, all cores the same table: nothing is lost, and created = live + ended at the end.
TEST(SharedTracker, ConservesFlowsWhileCoresCreateAndExpireThemAtOnce) {
  constexpr std::uint32_t kCores = 3, kFlows = 1000;
  for_every_shared_table([&]<class Tag>(Tag) {
    for (const Expiry scheme : {Expiry::kScan, Expiry::kTimerWheel, Expiry::kLazy}) {
      TrackerOptions options = testing::small_options(Use::kLoadBalance);
      options.timeouts = Timeouts::all(50);
      options.expiry = {scheme, 10, true, 256, 0};
      options.shared = true;
      typename TrackerOf<Tag>::Memory memory({kCores * kFlows, 1, false}, {64, 1, false}, false, 1, kCores);
      std::vector<std::unique_ptr<TrackerOf<Tag>>> trackers;
      for (std::uint32_t i = 0; i < kCores; ++i) trackers.push_back(std::make_unique<TrackerOf<Tag>>(memory, options));
      std::atomic<std::uint64_t> dropped{0};
      std::vector<std::jthread> cores;
      for (std::uint32_t core = 0; core < kCores; ++core) {
        cores.emplace_back([&, core] {
          TrackerOf<Tag>& tracker = *trackers[core];
          Xoshiro256 random(core);
          std::uint64_t now = 0;
          for (int burst = 0; burst < 300; ++burst, now += random.below(4)) {
            std::vector<testing::Bytes> bytes;
            std::vector<Frame> frames(1 + random.below(kBurst));
            for (Frame& frame : frames) {
              const auto flow = static_cast<std::uint32_t>(random.below(kFlows));
              bytes.push_back(to_frame(testing::udp(testing::udp_tuple(core << 16 | flow, 9))));
              frame.data = bytes.back().data();
              frame.length = static_cast<std::uint16_t>(bytes.back().size());
            }
            dropped += frames.size() - tracker.process(frames, now);
            tracker.maintain(now);
          }
        });
      }
      cores.clear();
      EXPECT_EQ(dropped, 0u);
      std::uint64_t live = 0, created = 0, ended = 0;
      for (const auto& tracker : trackers) {
        const TrackerTotals counts = totals(tracker->counters());
        created += counts.created;
        ended += counts.closed + counts.expired;
        std::uint64_t held = 0;
        tracker->ipv4().for_each([&](const auto&, const FlowState&) { ++held; });
        EXPECT_EQ(held, counts.live());
        live += held;
      }
      EXPECT_GT(ended, 0u);
      EXPECT_EQ(created, live + ended);
      EXPECT_EQ(memory.ipv4.table.size(), live);
    }
  });
}

TEST(SharedTracker, RefusesFlowsOfAllCoresWhenTheTableIsFullAndKeepsThoseItKnows) {
  constexpr std::uint32_t kCores = 2, kFlows = 3000;
  for_every_shared_table([&]<class Tag>(Tag) {
    typename TrackerOf<Tag>::Memory memory({1000, 1, false}, {64, 1, false}, false, 1, kCores);
    std::vector<std::unique_ptr<TrackerOf<Tag>>> trackers;
    TrackerOptions options = testing::small_options();
    options.shared = true;
    for (std::uint32_t i = 0; i < kCores; ++i) trackers.push_back(std::make_unique<TrackerOf<Tag>>(memory, options));
    std::atomic<std::uint64_t> forgotten{0};
    std::vector<std::jthread> cores;
    for (std::uint32_t core = 0; core < kCores; ++core) {
      cores.emplace_back([&, core] {
        std::vector<bool> known(kFlows);
        for (int round = 0; round < 2; ++round) {
          for (std::uint32_t flow = 0; flow < kFlows; ++flow) {
            auto bytes = to_frame(testing::udp(testing::udp_tuple(core << 16 | flow, 9)));
            Frame frame;
            frame.data = bytes.data();
            frame.length = static_cast<std::uint16_t>(bytes.size());
            const bool forwarded = trackers[core]->process({&frame, 1}, 0) == 1;
            forgotten += known[flow] && !forwarded;
            known[flow] = forwarded;
          }
        }
      });
    }
    cores.clear();
    EXPECT_EQ(forgotten, 0u);
    EXPECT_GT(trackers[0]->counters().refused(), 0u);
    EXPECT_EQ(trackers[0]->counters().live() + trackers[1]->counters().live(), memory.ipv4.table.size());
    EXPECT_GE(memory.ipv4.table.size(), 1000u);
  });
}

}  // namespace
}  // namespace nicbench
