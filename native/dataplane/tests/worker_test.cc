#include "dataplane/worker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "dataplane/burst_pipeline.h"

namespace nicbench {
namespace {

// Keeps all frames but the first of a burst, and says what it was asked for.
struct Staged {
  void start(std::span<const Frame> frames) { calls += "start " + std::to_string(frames.size()) + ", "; }
  void resolve() { calls += "resolve, "; }
  std::size_t finish(std::span<Frame> frames, std::uint64_t now) {
    calls += "finish " + std::to_string(frames.size()) + " at " + std::to_string(now) + ", ";
    return frames.size() - 1;
  }
  void maintain(std::uint64_t) {}
  std::string calls;
};

struct Unstaged {
  std::size_t process(std::span<Frame> frames, std::uint64_t) { return frames.size(); }
};

TEST(BurstPipeline, StartsABurstBeforeItFinishesTheOneBefore) {
  Staged tracker;
  BurstPipeline pipeline(tracker);
  pipeline.room()[0].buffer = 7;
  EXPECT_TRUE(pipeline.step(3, 1).frames.empty());
  pipeline.room()[0].buffer = 8;
  const auto first = pipeline.step(2, 2);
  ASSERT_EQ(first.frames.size(), 3u);
  EXPECT_EQ(first.frames[0].buffer, 7u);
  EXPECT_EQ(first.kept, 2u);
  EXPECT_EQ(tracker.calls, "start 3, resolve, start 2, finish 3 at 2, ");
  EXPECT_EQ(pipeline.step(0, 3).frames[0].buffer, 8u);  // a poll that finds nothing
  EXPECT_TRUE(pipeline.step(0, 4).frames.empty());
  EXPECT_EQ(tracker.calls, "start 3, resolve, start 2, finish 3 at 2, resolve, finish 2 at 3, ");
}

TEST(BurstPipeline, OfATrackerWithoutStagesFinishesABurstAtOnce) {
  Unstaged tracker;
  BurstPipeline pipeline(tracker);
  EXPECT_EQ(pipeline.step(3, 1).frames.size(), 3u);
  EXPECT_TRUE(pipeline.step(0, 2).frames.empty());
}

// Has one burst to receive, and says to stop when it is asked for more.
struct LastBurst {
  std::size_t rx_burst(std::span<Frame>) {
    stop->store(true);
    return received++ == 0 ? 3 : 0;
  }
  std::size_t tx_burst(std::span<const Frame> frames) {
    *sent += frames.size();
    return frames.size();
  }
  void release(std::span<const Frame> frames) { *released += frames.size(); }
  std::atomic<bool>* stop;
  std::size_t *sent, *released;
  int received = 0;
};

TEST(Worker, FinishesTheBurstThatItReceivedLastBeforeItStops) {
  Staged tracker;
  WorkerCounters counters;
  Stall stall;
  std::atomic<bool> stop{false};
  std::size_t sent = 0, released = 0;
  run_worker(LastBurst{&stop, &sent, &released}, tracker, counters, stall, WhenIdle::kSpin, kBurst, Slowdown(0), stop);
  EXPECT_EQ(sent, 2u);
  EXPECT_EQ(released, 1u);
  EXPECT_EQ(counters.frames.get(), 3u);
  EXPECT_EQ(counters.dropped.get(), 1u);
}

// Ticks that `rounds` pieces of work took, without what was spun after them.
std::uint64_t work(Slowdown& slowdown, int rounds) {
  std::uint64_t worked = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::uint64_t start = ticks();
    while (ticks() - start < 5'000) cpu_relax();
    worked += ticks() - start;
    slowdown.after(start);
  }
  return worked;
}

TEST(Slowdown, MakesWorkLastSoMuchLongerThatItsRateFallsByTheShareAtLeast) {
  for (const double share : {0.05, 0.5, 0.9}) {
    Slowdown slowdown(share);
    const std::uint64_t start = ticks();
    const auto worked = static_cast<double>(work(slowdown, 100));
    // What reads the clock counts as spinning, and the last piece may be owed some.
    EXPECT_GE(static_cast<double>(ticks() - start) * (1 - share), 0.95 * worked);
  }
}

TEST(Slowdown, OfNothingDoesNotSpin) {
  Slowdown none(0);
  none.after(0);  // would spin for as long as the machine has been up
}

}  // namespace
}  // namespace nicbench
