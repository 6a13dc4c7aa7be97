// The DUT's lcore: receives bursts, lets the tracker work on them, sends on, looks for expired flows; until told to
// stop.
//
// Counters are published before the frames that they count are handed over, so that whoever has got the frames back
// reads counters that include them. Maintenance comes after sending: no frame waits for it but those that arrive
// meanwhile.
#pragma once

#include <sched.h>

#include <array>
#include <atomic>
#include <chrono>
#include <span>
#include <thread>

#include "common/clock.h"
#include "common/counter.h"
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

// Threads that share a CPU must let each other run; threads with a CPU each must not enter the kernel.
enum class WhenIdle : std::uint8_t { kSpin, kYield };

// Wire: the DUT's end of a lane. most: frames in a burst.
template <class Wire, class Tracker>
void run_worker(Wire wire, Tracker& tracker, WorkerCounters& counters, Stall& stall, WhenIdle when_idle,
                std::size_t most, const std::atomic<bool>& stop) noexcept {
  std::array<Frame, kBurst> burst;
  std::uint64_t before = ticks();
  while (!stop.load(std::memory_order_relaxed)) {
    const std::size_t count = wire.rx_burst(std::span(burst).first(most));
    if (count > 0) {
      const auto frames = std::span(burst).first(count);
      const std::size_t kept = tracker.process(frames, before);
      counters.frames.add(count);
      counters.forwarded.add(kept);
      counters.dropped.add(count - kept);
      const std::size_t sent = wire.tx_burst(frames.first(kept));
      if (sent < kept) {
        counters.wire_full.add(kept - sent);
        counters.forwarded.set(counters.forwarded.get() - (kept - sent));
      }
      if (sent < count) wire.release(frames.subspan(sent));
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
    if (count > 0) counters.busy_ticks.add(after - before);
    counters.total_ticks.add(after - before);
    before = after;
  }
}

}  // namespace nicbench
