// The workers of a trial, and what they counted in the measured phase.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "dataplane/conntrack_trial.h"
#include "dataplane/dut_thread.h"
#include "dataplane/tracker_series.h"
#include "dataplane/tracker_totals.h"
#include "dataplane/worker.h"
#include "io/ring_wire.h"

namespace nicbench {

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
  Worker(RingWire::DutEnd lane, Tracker& tracker, int cpu, WhenIdle when_idle, double slowdown)
      : tracker_(tracker), thread_(lane, tracker, cpu, when_idle, kBurst, slowdown) {}

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

  // Adds this worker's totals.
  void sample(TrackerSample& sum) const {
    const DutTotals totals = now();
    sum.created += totals.tracker.created;
    sum.closed += totals.tracker.closed;
    sum.expired += totals.tracker.expired;
    sum.refused += totals.tracker.refused();
    sum.frames += totals.frames;
    sum.busy_ticks += totals.busy;
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
  DutThread<RingWire::DutEnd, Tracker> thread_;
};

}  // namespace nicbench
