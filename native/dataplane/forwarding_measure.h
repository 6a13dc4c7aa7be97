// The measured part of a trial in one process: a tester, a wire and a DUT's worker, whatever the DUT is.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

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

  EndTotals operator-(const EndTotals& before) const noexcept {
    return {frames - before.frames,
            foreign - before.foreign,
            wire_full - before.wire_full,
            busy - before.busy,
            total - before.total,
            lost_to_dut - before.lost_to_dut,
            lost_to_tester - before.lost_to_tester,
            between - before.between};
  }
  // Certainly the tester's, and certainly lost: an interface also counts what is tried again.
  std::uint64_t lost() const noexcept { return wire_full + lost_to_dut + lost_to_tester; }
};

// Two ends, and what is known about the wire between them.
class RingEnds {
 public:
  using TesterEnd = RingWire::TesterEnd;
  using DutEnd = RingWire::DutEnd;

  RingEnds(const ForwardingTrialConfig& config, std::size_t buffers) : wire_(1, config.ring_size, buffers) {}

  TesterEnd tester_end() noexcept { return wire_.tester_end(0); }
  DutEnd dut_end() noexcept { return wire_.dut_end(0); }
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

inline bool is_generator_limited(const ForwardingTrialConfig& config, const ForwardingTrialResult& result) {
  if (config.traffic.rate > 0) return fell_behind(result.phase.counts);
  return was_idle(result.dut_busy_ticks, result.dut_total_ticks, config.wire == "ring" ? kIdleShare : kIdleOnVeth);
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

// Dut: a worker's tracker, as run_worker() wants one. during: is made when the measured phase begins, and gone when it
// has ended.
template <class Wire, class Dut, class During>
ForwardingTrialResult measure_forwarding(const ForwardingTrialConfig& config, const Traffic& traffic,
                                         FrameSource& source, Wire& wire, Dut& forwarder, During&& during,
                                         std::atomic<bool>& stop) {
  using TesterEnd = typename Wire::TesterEnd;
  const bool own_cpus = config.generator_cpu >= 0 && config.dut_cpu >= 0 && config.generator_cpu != config.dut_cpu;
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  DutThread<typename Wire::DutEnd, Dut> dut(wire.dut_end(), forwarder, config.dut_cpu,
                                            own_cpus ? WhenIdle::kSpin : WhenIdle::kYield, config.burst,
                                            config.slowdown);
  const auto now = [&] {
    const WorkerCounters& worker = dut.counters();
    EndTotals totals{worker.frames.get(),
                     worker.dropped.get(),
                     worker.wire_full.get(),
                     worker.busy_ticks.get(),
                     worker.total_ticks.get(),
                     0,
                     0,
                     0};
    wire.count(totals);
    return totals;
  };
  ForwardingPhases<TesterEnd> phases(wire.tester_end(), source,
                                     {.probe_every = config.probe_every,
                                      .series_interval = config.series_interval_seconds,
                                      .own_cpu = own_cpus,
                                      .pacing = config.pacing,
                                      .window = config.window,
                                      .lost = [&now] { return now().lost(); }},
                                     stop, [&wire] { wire.throw_fault(); });

  ForwardingTrialResult result;
  wire.describe(result);
  phases.prepare(config.warmup_seconds, config.traffic.rate);
  const EndTotals before = now();
  const CpuShare dut_share(dut.thread());
  {
    [[maybe_unused]] const auto meanwhile = during();
    static_cast<TesterFindings&>(result) = phases.run(config.duration_seconds, config.traffic.rate);
  }
  result.dut_cpu_share = dut_share.now();
  const EndTotals totals = now() - before;
  dut.join();
  result.involuntary_switches = dut.switches() + involuntary_switches() - switches_before;

  result.dut_frames = totals.frames;
  result.dut_foreign = totals.foreign;
  result.dut_wire_full = totals.wire_full;
  result.dut_busy_ticks = totals.busy;
  result.dut_total_ticks = totals.total;
  forwarding_detail::count_losses(totals, result);
  result.traffic_digest = traffic.digest();
  result.generator_limited = forwarding_detail::is_generator_limited(config, result);
  return result;
}

}  // namespace nicbench
