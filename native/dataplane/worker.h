// The DUT's lcore: receives bursts, lets the tracker work on them, sends on, looks for expired flows; until told to
// stop.
//
// Counters are published before the frames that they count are handed over, so that whoever has got the frames back
// reads counters that include them. Maintenance comes after sending: no frame waits for it but those that arrive
// meanwhile.
#pragma once

#include <sched.h>

#include <atomic>
#include <chrono>
#include <span>
#include <thread>

#include "common/clock.h"
#include "common/counter.h"
#include "dataplane/burst_pipeline.h"
#include "io/frame.h"

namespace nicbench {

struct alignas(128) WorkerCounters {
  Counter frames;  // received
  Counter forwarded;
  Counter dropped;              // by the tracker, which says why
  Counter wire_full;            // dropped: the sending side had no room
  Counter busy_ticks;           // in polls that found frames
  Counter total_ticks;          // in all polls
  Counter longest_maintenance;  // ticks; with what the host took of them
};

// Pauses the DUT once, for tests of open-loop measurement; 0 ticks: never.
struct Stall {
  std::atomic<std::uint64_t> ticks{0};
};

// Makes work take so much longer that its rate falls by a share below 1. What one call spins too long the next ones
// spin less, so that the share is kept however short the work is; reading the clock counts as spinning.
class Slowdown {
 public:
  explicit Slowdown(double share) : extra_(share / (1 - share)), read_(share > 0 ? clock_read_ticks() : 0) {}

  // After work that began at `start`.
  void after(std::uint64_t start) noexcept {
    if (extra_ == 0) return;
    const std::uint64_t worked = ticks();
    owed_ += static_cast<double>(worked - start) * extra_ - read_;
    std::uint64_t now = worked;
    while (static_cast<double>(now - worked) < owed_) now = ticks();
    owed_ -= static_cast<double>(now - worked);
  }

 private:
  const double extra_;  // ticks to spin for each tick of work
  const double read_;   // ticks that one reading takes
  double owed_ = 0;
};

// Threads that share a CPU must let each other run; threads with a CPU each must not enter the kernel.
enum class WhenIdle : std::uint8_t { kSpin, kYield };

// Sends on what the tracker kept, and gives back the rest.
template <class Wire>
void hand_over(Wire& wire, std::span<const Frame> frames, std::size_t kept, WorkerCounters& counters) noexcept {
  counters.frames.add(frames.size());
  counters.forwarded.add(kept);
  counters.dropped.add(frames.size() - kept);
  const std::size_t sent = wire.tx_burst(frames.first(kept));
  if (sent < kept) {
    counters.wire_full.add(kept - sent);
    counters.forwarded.set(counters.forwarded.get() - (kept - sent));
  }
  if (sent < frames.size()) wire.release(frames.subspan(sent));
}

// Wire: the DUT's end of a lane. most: frames in a burst.
template <class Wire, class Tracker>
void run_worker(Wire wire, Tracker& tracker, WorkerCounters& counters, Stall& stall, WhenIdle when_idle,
                std::size_t most, Slowdown slowdown, const std::atomic<bool>& stop) noexcept {
  BurstPipeline pipeline(tracker);
  std::uint64_t before = ticks();
  const auto poll = [&](std::size_t room) {
    const std::size_t count = wire.rx_burst(pipeline.room().first(room));
    const auto [frames, kept] = pipeline.step(count, before);
    if (!frames.empty()) hand_over(wire, frames, kept, counters);
    return count + frames.size() > 0;
  };
  while (!stop.load(std::memory_order_relaxed)) {
    const bool busy = poll(most);
    if (busy) {
      slowdown.after(before);
    } else {
      if (when_idle == WhenIdle::kYield) sched_yield();
      cpu_relax();
    }
    if (stall.ticks.load(std::memory_order_relaxed) != 0) {
      // Asleep, not spinning: the tester must go on even where it has no CPU of its own.
      const double seconds =
          static_cast<double>(stall.ticks.exchange(0, std::memory_order_relaxed)) / ticks_per_second();
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    }
    const std::uint64_t worked = ticks();
    tracker.maintain(worked);
    const std::uint64_t after = ticks();
    if (after - worked > counters.longest_maintenance.get()) counters.longest_maintenance.set(after - worked);
    if (busy) counters.busy_ticks.add(after - before);
    counters.total_ticks.add(after - before);
    before = after;
  }
  poll(0);  // finishes the burst that was received last
}

}  // namespace nicbench
