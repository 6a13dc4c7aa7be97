// The measured part of a trial, compiled once for each table: conntrack_sharded.cc and conntrack_shared.cc.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include "common/affinity.h"
#include "dataplane/connection_tracker.h"
#include "dataplane/conntrack_trial.h"
#include "dataplane/dut_check.h"
#include "dataplane/dut_worker.h"
#include "dataplane/pace.h"
#include "dataplane/tracker_config.h"
#include "dataplane/tracker_series.h"
#include "hashtables/registry.h"
#include "trafficgen/traffic.h"

namespace nicbench {

// What a trial has got ready before its table is known.
struct TrialSetup {
  const ConntrackTrialConfig& config;
  const Traffic& traffic;
  FrameSource& source;
  RingWire& wire;
  TableOptions ipv4, ipv6;  // of each table that there will be
  TrackerOptions options;
  std::atomic<bool>& stop;
};

// A table for each worker; one for all. Both throw std::invalid_argument if there is no such table.
ConntrackTrialResult measure_sharded(const TrialSetup& setup);
ConntrackTrialResult measure_shared(const TrialSetup& setup);

namespace measure_detail {

constexpr double kStallSeconds = 0.05;

inline void inject(Fault fault, Stall& stall) {
  if (fault == Fault::kCrash) std::raise(SIGSEGV);
  if (fault == Fault::kStall) {
    stall.ticks.store(static_cast<std::uint64_t>(kStallSeconds * ticks_per_second()), std::memory_order_relaxed);
  }
  while (fault == Fault::kHang) std::this_thread::sleep_for(std::chrono::seconds(1));
}

// At full load the generator set the pace if no worker was busy all the time; else if it fell behind.
inline bool is_generator_limited(const ConntrackTrialConfig& config, const ConntrackTrialResult& result) {
  if (config.traffic.rate > 0) return fell_behind(result.phase.counts);
  return std::all_of(result.workers.begin(), result.workers.end(),
                     [](const WorkerResult& worker) { return was_idle(worker.busy_ticks, worker.total_ticks); });
}

// Of one worker: external addresses of its own, so that RSS by destination brings replies to it.
inline TrackerOptions worker_options(TrackerOptions options, std::size_t worker, std::size_t workers) {
  options.nat.addresses = static_cast<std::uint16_t>(options.nat.addresses / workers);
  options.nat.first = static_cast<std::uint16_t>(worker * options.nat.addresses);
  return options;
}

template <class Tracker>
ConntrackTrialResult measure(const TrialSetup& setup, std::span<const std::unique_ptr<Tracker>> trackers) {
  const ConntrackTrialConfig& config = setup.config;
  FrameSource& source = setup.source;
  const bool own_cpus = have_own_cpus(config.dut_cpus, config.generator_cpu);
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  const DutCheck check(setup.options, source.verifiable());
  std::deque<Worker<Tracker>> workers;
  for (std::size_t i = 0; i < trackers.size(); ++i) {
    workers.emplace_back(setup.wire.dut_end(i), *trackers[i], config.dut_cpus[i],
                         own_cpus ? WhenIdle::kSpin : WhenIdle::kYield, config.slowdown);
  }
  const double interval = config.series_interval_seconds;
  TrackerSeries series(interval > 0 ? 1 + series_rows(config.duration_seconds, interval) : 1, [&workers] {
    TrackerSample sum;
    for (const Worker<Tracker>& worker : workers) worker.sample(sum);
    return sum;
  });
  Tester<RingWire::TesterEnd> tester(setup.wire.tester_ends(), source, check,
                                     {.probe_every = config.probe_every,
                                      .series_interval = interval,
                                      .own_cpu = own_cpus,
                                      .pacing = config.pacing,
                                      .rss = config.rss,
                                      .series_observer = &series,
                                      .window = setup.wire.slots()},
                                     setup.stop);

  ConntrackTrialResult result;
  result.learning_bad = tester.learn().counts.bad;
  if (config.warmup_seconds > 0) tester.run(config.warmup_seconds, config.traffic.rate);

  const std::uint64_t born_before = source.born_flows();
  for (Worker<Tracker>& worker : workers) worker.begin();
  series.begin();
  const CpuShare generator_share(pthread_self());
  inject(config.fault, workers.front().stall());
  result.phase = tester.run(config.duration_seconds, config.traffic.rate);
  result.generator_cpu_share = generator_share.now();
  for (Worker<Tracker>& worker : workers) worker.end(result);
  for (Worker<Tracker>& worker : workers) result.involuntary_switches += worker.join();

  result.latency = tester.latency();
  result.series = tester.series();
  result.tracker_series = series.take();
  result.clock_read_ticks = clock_read_ticks();
  result.expected_flows = source.ipv4_flows() + source.ipv6_flows();
  result.born_flows = source.born_flows() - born_before;
  result.involuntary_switches += involuntary_switches() - switches_before;
  result.traffic_digest = setup.traffic.digest();
  result.generator_limited = is_generator_limited(config, result);
  return result;
}

}  // namespace measure_detail

// Makes `tables` memories, one for all workers or one for each, and measures.
template <class Tag>
ConntrackTrialResult measure_with(Tag /*tag*/, const TrialSetup& setup, std::size_t tables) {
  using Table4 = typename Tag::template Table<FiveTuple4, FlowRef>;
  using Table6 = typename Tag::template Table<FiveTuple6, FlowRef>;
  using Tracker = ConnectionTracker<Table4, Table6>;
  const std::size_t workers = setup.config.dut_cpus.size();
  std::deque<TrackerMemory<Table4, Table6>> memories;
  for (std::size_t i = 0; i < tables; ++i) {
    memories.emplace_back(setup.ipv4, setup.ipv6, setup.options.check_windows, entries_per_flow(setup.config.tracker),
                          workers / tables);
  }
  std::vector<std::unique_ptr<Tracker>> trackers;
  for (std::size_t i = 0; i < workers; ++i) {
    trackers.push_back(
        std::make_unique<Tracker>(memories[i % tables], measure_detail::worker_options(setup.options, i, workers)));
  }
  ConntrackTrialResult result = measure_detail::measure<Tracker>(setup, trackers);
  for (const auto& memory : memories) {
    result.table_bytes += memory.table_bytes();
    result.tracker_bytes += memory.bytes();
  }
  return result;
}

}  // namespace nicbench
