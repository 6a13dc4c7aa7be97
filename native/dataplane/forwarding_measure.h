// The measured part of a trial in one process: a tester, a wire and a DUT's workers, whatever the DUT is.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <vector>

#include "common/affinity.h"
#include "dataplane/dut_thread.h"
#include "dataplane/forwarding_phases.h"
#include "dataplane/forwarding_trial.h"
#include "dataplane/pace.h"
#include "io/ring_wire.h"
#include "trafficgen/traffic.h"

namespace nicbench {

// Of the DUT's end, and of the wire between, at one moment.
struct EndTotals {
  std::uint64_t frames = 0, foreign = 0, wire_full = 0, busy = 0, total = 0;
  std::uint64_t lost_to_dut = 0, lost_to_tester = 0, between = 0;

  EndTotals operator-(const EndTotals& before) const noexcept { return with(before, std::minus<>()); }
  EndTotals operator+(const EndTotals& other) const noexcept { return with(other, std::plus<>()); }
  // Certainly the tester's, and certainly lost: an interface also counts what is tried again.
  std::uint64_t lost() const noexcept { return wire_full + lost_to_dut + lost_to_tester; }

 private:
  template <class Operation>
  EndTotals with(const EndTotals& other, Operation&& each) const noexcept {
    return {each(frames, other.frames),
            each(foreign, other.foreign),
            each(wire_full, other.wire_full),
            each(busy, other.busy),
            each(total, other.total),
            each(lost_to_dut, other.lost_to_dut),
            each(lost_to_tester, other.lost_to_tester),
            each(between, other.between)};
  }
};

// Two ends, and what is known about the wire between them.
class RingEnds {
 public:
  using TesterEnd = RingWire::TesterEnd;
  using DutEnd = RingWire::DutEnd;

  RingEnds(const ForwardingTrialConfig& config, std::size_t buffers)
      : wire_(config.dut_cpus.size(), config.ring_size, buffers) {}

  std::vector<TesterEnd> tester_ends() { return wire_.tester_ends(); }
  DutEnd dut_end(std::size_t queue) noexcept { return wire_.dut_end(queue); }
  void count(EndTotals&) const noexcept {}
  void throw_fault() const {}
  void describe(ForwardingTrialResult& result) const { result.wire = result.tester_wire = "ring"; }

 private:
  RingWire wire_;
};

namespace forwarding_detail {

// On a veth pair who sends also does the kernel's work of receiving, so that both ends have about as much to do, and
// each waits for the other now and then.
inline constexpr double kIdleOnVeth = 0.25;

// At full load the generator set the pace if no worker was busy all the time; else if it fell behind.
inline bool is_generator_limited(const ForwardingTrialConfig& config, const ForwardingTrialResult& result,
                                 std::span<const EndTotals> workers) {
  if (config.traffic.rate > 0) return fell_behind(result.phase.counts);
  const double idle = config.wire == "ring" ? kIdleShare : kIdleOnVeth;
  return std::all_of(workers.begin(), workers.end(),
                     [idle](const EndTotals& worker) { return was_idle(worker.busy, worker.total, idle); });
}

inline void count_losses(const EndTotals& totals, ForwardingTrialResult& result) {
  const TesterCounts& counts = result.phase.counts;
  result.lost_to_dut = totals.lost_to_dut;
  result.lost_to_tester = totals.lost_to_tester;
  // An interface also counts what the kernel tries again, and frames of others: only what nothing else explains is
  // ours.
  const std::uint64_t explained =
      counts.received + counts.wire_full + totals.wire_full + totals.lost_to_dut + totals.lost_to_tester;
  result.lost_between = std::min(totals.between, counts.sent - std::min(counts.sent, explained));
}

}  // namespace forwarding_detail

// A worker's counters.
inline EndTotals worker_totals(const WorkerCounters& worker) {
  EndTotals totals;
  totals.frames = worker.frames.get();
  totals.foreign = worker.dropped.get();
  totals.wire_full = worker.wire_full.get();
  totals.busy = worker.busy_ticks.get();
  totals.total = worker.total_ticks.get();
  return totals;
}

// Dut: a worker's tracker, as run_worker() wants one; where there are several workers all use it. during: is made when
// the measured phase begins, and gone when it has ended.
template <class Wire, class Dut, class During>
ForwardingTrialResult measure_forwarding(const ForwardingTrialConfig& config, const Traffic& traffic,
                                         FrameSource& source, Wire& wire, Dut& forwarder, During&& during,
                                         std::atomic<bool>& stop) {
  using TesterEnd = typename Wire::TesterEnd;
  const bool own_cpus = have_own_cpus(config.dut_cpus, config.generator_cpu);
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  std::deque<DutThread<typename Wire::DutEnd, Dut>> workers;
  for (std::size_t i = 0; i < config.dut_cpus.size(); ++i) {
    workers.emplace_back(wire.dut_end(i), forwarder, config.dut_cpus[i], own_cpus ? WhenIdle::kSpin : WhenIdle::kYield,
                         config.burst, config.slowdown);
  }
  const auto now = [&] {
    EndTotals totals;
    for (const auto& worker : workers) totals = totals + worker_totals(worker.counters());
    wire.count(totals);
    return totals;
  };
  ForwardingPhases<TesterEnd> phases(wire.tester_ends(), source,
                                     {.probe_every = config.probe_every,
                                      .series_interval = config.series_interval_seconds,
                                      .own_cpu = own_cpus,
                                      .pacing = config.pacing,
                                      .window = config.window,
                                      .lost = [&now] { return now().lost(); },
                                      .timestamps = config.timestamps},
                                     stop, [&wire] { wire.throw_fault(); });

  ForwardingTrialResult result;
  wire.describe(result);
  phases.prepare(config.warmup_seconds, config.traffic.rate);
  const EndTotals before = now();
  std::vector<EndTotals> of_workers;
  std::vector<CpuShare> shares;
  for (auto& worker : workers) {
    of_workers.push_back(worker_totals(worker.counters()));
    shares.emplace_back(worker.thread());
  }
  {
    [[maybe_unused]] const auto meanwhile = during();
    static_cast<TesterFindings&>(result) = phases.run(config.duration_seconds, config.traffic.rate);
  }
  const EndTotals totals = now() - before;
  result.involuntary_switches = involuntary_switches() - switches_before;
  for (std::size_t i = 0; i < workers.size(); ++i) {
    result.dut_cpu_share = std::min(result.dut_cpu_share, shares[i].now());
    of_workers[i] = worker_totals(workers[i].counters()) - of_workers[i];
    workers[i].join();
    result.involuntary_switches += workers[i].switches();
  }

  result.dut_frames = totals.frames;
  result.dut_foreign = totals.foreign;
  result.dut_wire_full = totals.wire_full;
  result.dut_busy_ticks = totals.busy;
  result.dut_total_ticks = totals.total;
  forwarding_detail::count_losses(totals, result);
  result.traffic_digest = traffic.digest();
  result.generator_limited = forwarding_detail::is_generator_limited(config, result, of_workers);
  return result;
}

}  // namespace nicbench
