// The DUT of a trial: a thread for each worker, and what they counted in the measured phase.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <optional>
#include <thread>

#include "common/affinity.h"
#include "common/clock.h"
#include "dataplane/conntrack_trial.h"
#include "dataplane/tracker_totals.h"
#include "dataplane/worker.h"
#include "io/ring_wire.h"

namespace nicbench {

// A worker's thread, running from construction to destruction.
template <class Tracker>
class DutThread {
 public:
  DutThread(RingWire::DutEnd lane, Tracker& tracker, int cpu, WhenIdle when_idle)
      : thread_([this, lane, &tracker, cpu, when_idle] {
          try {
            pin_this_thread(cpu, "nicbench-dut");
          } catch (...) {
            error_ = std::current_exception();
          }
          ready_.store(true, std::memory_order_release);
          if (error_) return;
          run_worker(lane, tracker, counters_, stall_, when_idle, stop_);
          switches_ = involuntary_switches();
        }) {
    while (!ready_.load(std::memory_order_acquire)) std::this_thread::yield();
    if (!error_) return;
    thread_.join();
    std::rethrow_exception(error_);
  }

  ~DutThread() { join(); }

  void join() {
    stop_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }

  const WorkerCounters& counters() const noexcept { return counters_; }
  Stall& stall() noexcept { return stall_; }
  pthread_t thread() noexcept { return thread_.native_handle(); }
  // Valid after join().
  std::uint64_t switches() const noexcept { return switches_; }

 private:
  std::exception_ptr error_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stop_{false};
  std::uint64_t switches_ = 0;
  WorkerCounters counters_;
  Stall stall_;
  std::thread thread_;  // last: starts when all else is there
};

// The share of a stretch of time for which threads had their CPUs.
class CpuShare {
 public:
  explicit CpuShare(pthread_t thread) : thread_(thread), cpu_(cpu_seconds(thread)), start_(monotonic_ns()) {}
  double now() const {
    return std::min(1.0, (cpu_seconds(thread_) - cpu_) / (static_cast<double>(monotonic_ns() - start_) * 1e-9));
  }

 private:
  pthread_t thread_;
  double cpu_;
  std::uint64_t start_;
};

// A worker's counters at one moment.
struct DutTotals {
  std::uint64_t frames, dropped, wire_full, busy, total;
  TrackerTotals tracker;
};

inline DutTotals dut_totals(const WorkerCounters& worker, const TrackerCounters& tracker) {
  return {worker.frames.get(),     worker.dropped.get(),     worker.wire_full.get(),
          worker.busy_ticks.get(), worker.total_ticks.get(), totals(tracker)};
}

// A worker: its tracker, its thread, and what it did since the measured phase began.
template <class Tracker>
class Worker {
 public:
  Worker(RingWire::DutEnd lane, Tracker& tracker, int cpu, WhenIdle when_idle)
      : tracker_(tracker), thread_(lane, tracker, cpu, when_idle) {}

  void begin() {
    before_ = now();
    share_.emplace(thread_.thread());
  }

  // Adds what this worker did to the result.
  void end(ConntrackTrialResult& result) {
    result.dut_cpu_share = std::min(result.dut_cpu_share, share_->now());
    const DutTotals after = now();
    const WorkerResult worker{after.frames - before_.frames, after.busy - before_.busy, after.total - before_.total,
                              after.tracker.live()};
    result.workers.push_back(worker);
    result.dut_frames += worker.frames;
    result.dut_busy_ticks += worker.busy_ticks;
    result.dut_total_ticks += worker.total_ticks;
    result.live_flows += worker.live_flows;
    result.dut_dropped += after.dropped - before_.dropped;
    result.dut_wire_full += after.wire_full - before_.wire_full;
    result.tracker = result.tracker + (after.tracker - before_.tracker);
    result.longest_maintenance = std::max(result.longest_maintenance, thread_.counters().longest_maintenance.get());
    result.tracker_bytes += tracker_.ipv4().memory() + tracker_.ipv6().memory();
  }

  Stall& stall() noexcept { return thread_.stall(); }
  // Ends the thread. Returns its involuntary context switches.
  std::uint64_t join() {
    thread_.join();
    return thread_.switches();
  }

 private:
  DutTotals now() const { return dut_totals(thread_.counters(), tracker_.counters()); }

  Tracker& tracker_;
  DutTotals before_{};
  std::optional<CpuShare> share_;
  DutThread<Tracker> thread_;
};

}  // namespace nicbench
