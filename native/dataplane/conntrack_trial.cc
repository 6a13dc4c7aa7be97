#include "dataplane/conntrack_trial.h"

#include <algorithm>
#include <csignal>
#include <deque>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <stdexcept>
#include <thread>
#include <vector>

#include "common/affinity.h"
#include "common/user_error.h"
#include "dataplane/connection_tracker.h"
#include "dataplane/dut_check.h"
#include "dataplane/dut_thread.h"
#include "dataplane/tracker_config.h"
#include "hashtables/registry.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

constexpr std::size_t kMinCapacity = 64;
constexpr std::size_t kMaxWorkers = 64;
constexpr double kIdleShare = 0.05;  // of the DUT's time, above which the generator set the pace
constexpr double kStallSeconds = 0.05;

void check(const ConntrackTrialConfig& config) {
  check(config.tracker);
  const bool translated = config.tracker.use == Use::kNat || config.tracker.replies == Replies::kRewritten;
  if (translated && config.traffic.both_directions) {
    throw UserError("BOTH_DIRECTIONS",
                    "The generator's servers do not know the tuples that a translation gives to clients.",
                    "Generate one direction only, or replay a capture.");
  }
  if (config.dut_cpus.empty() || config.dut_cpus.size() > kMaxWorkers) {
    throw UserError("WORKERS", std::to_string(config.dut_cpus.size()) + " workers are not possible.",
                    "Use 1 to 64 cores.");
  }
  if (config.tracker.use == Use::kNat && config.tracker.nat_addresses < config.dut_cpus.size()) {
    throw UserError("NAT_ADDRESSES", "Each core needs an external address of its own.",
                    "Set nat_addresses to the number of cores or more.");
  }
  if (config.ring_size < kBurst || config.ring_size > (1u << 20)) {
    throw UserError("RING_SIZE", "A ring of " + std::to_string(config.ring_size) + " slots is not possible.",
                    "Use 32 to 1Mi; NICs have 512 to 4096.");
  }
}

// Of one worker, which has its share of the flows and of the capacity.
TableOptions table_options(const ConntrackTrialConfig& config, std::size_t flows) {
  const double seconds = config.warmup_seconds + config.duration_seconds;
  const double born = flows == 0 ? 0 : config.traffic.new_flows;
  std::size_t capacity = config.capacity != 0 ? config.capacity : flows_to_hold(config.tracker, flows, born, seconds);
  if (flows == 0) capacity = 0;
  const std::size_t workers = config.dut_cpus.size();
  return {std::max((capacity + workers - 1) / workers, kMinCapacity), config.traffic.seed, true};
}

// Of one worker: external addresses of its own, so that RSS by destination brings replies to it.
TrackerOptions worker_options(TrackerOptions options, std::size_t worker, std::size_t workers) {
  options.nat.addresses = static_cast<std::uint16_t>(options.nat.addresses / workers);
  options.nat.first = static_cast<std::uint16_t>(worker * options.nat.addresses);
  return options;
}

void inject(Fault fault, Stall& stall) {
  if (fault == Fault::kCrash) std::raise(SIGSEGV);
  if (fault == Fault::kStall) {
    stall.ticks.store(static_cast<std::uint64_t>(kStallSeconds * ticks_per_second()), std::memory_order_relaxed);
  }
  while (fault == Fault::kHang) std::this_thread::sleep_for(std::chrono::seconds(1));
}

// A worker's counters at one moment.
struct DutTotals {
  std::uint64_t frames, dropped, wire_full, busy, total;
  TrackerTotals tracker;
};

DutTotals dut_totals(const WorkerCounters& worker, const TrackerCounters& tracker) {
  return {worker.frames.get(),     worker.dropped.get(),     worker.wire_full.get(),
          worker.busy_ticks.get(), worker.total_ticks.get(), totals(tracker)};
}

bool all_different(std::vector<int> cpus) {
  std::sort(cpus.begin(), cpus.end());
  return cpus.front() >= 0 && std::adjacent_find(cpus.begin(), cpus.end()) == cpus.end();
}

// A worker: its tracker, its thread, and what it did since the measured phase began.
template <class Tracker>
class Worker {
 public:
  Worker(RingWire::DutEnd lane, Tracker& tracker, int cpu, WhenIdle when_idle)
      : tracker_(tracker), thread_(lane, tracker, cpu, when_idle, kBurst) {}

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
    result.table_bytes += tracker_.ipv4().table_memory() + tracker_.ipv6().table_memory();
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
  DutThread<RingWire::DutEnd, Tracker> thread_;
};

// At full load the generator set the pace if no worker was busy all the time; else if it fell behind.
bool is_generator_limited(const ConntrackTrialConfig& config, const ConntrackTrialResult& result) {
  const TesterCounts& counts = result.phase.counts;
  if (config.traffic.rate > 0) return counts.sent + counts.sent / 1000 < counts.intended;
  return std::all_of(result.workers.begin(), result.workers.end(), [](const WorkerResult& worker) {
    return static_cast<double>(worker.busy_ticks) < (1 - kIdleShare) * static_cast<double>(worker.total_ticks);
  });
}

template <class Tracker>
ConntrackTrialResult measure(const ConntrackTrialConfig& config, const Traffic& traffic, FrameSource& source,
                             RingWire& wire, std::span<const std::unique_ptr<Tracker>> trackers,
                             const TrackerOptions& options, std::atomic<bool>& stop) {
  std::vector<int> cpus = config.dut_cpus;
  cpus.push_back(config.generator_cpu);
  const bool own_cpus = all_different(cpus);
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  const DutCheck check(options, source.verifiable());
  std::deque<Worker<Tracker>> workers;
  for (std::size_t i = 0; i < trackers.size(); ++i) {
    workers.emplace_back(wire.dut_end(i), *trackers[i], config.dut_cpus[i],
                         own_cpus ? WhenIdle::kSpin : WhenIdle::kYield);
  }
  Tester tester(wire.tester_ends(), source, check, {config.probe_every, config.series_interval_seconds, own_cpus, true},
                stop);

  ConntrackTrialResult result;
  result.learning_bad = tester.learn().counts.bad;
  if (config.warmup_seconds > 0) tester.run(config.warmup_seconds, config.traffic.rate);

  const std::uint64_t born_before = source.born_flows();
  for (Worker<Tracker>& worker : workers) worker.begin();
  const CpuShare generator_share(pthread_self());
  inject(config.fault, workers.front().stall());
  result.phase = tester.run(config.duration_seconds, config.traffic.rate);
  result.generator_cpu_share = generator_share.now();
  for (Worker<Tracker>& worker : workers) worker.end(result);
  for (Worker<Tracker>& worker : workers) result.involuntary_switches += worker.join();

  result.latency = tester.latency();
  result.series = tester.series();
  result.clock_read_ticks = clock_read_ticks();
  result.expected_flows = source.ipv4_flows() + source.ipv6_flows();
  result.born_flows = source.born_flows() - born_before;
  result.involuntary_switches += involuntary_switches() - switches_before;
  result.traffic_digest = traffic.digest();
  result.generator_limited = is_generator_limited(config, result);
  return result;
}

ConntrackTrialResult run(const ConntrackTrialConfig& config, std::atomic<bool>& stop) {
  check(config);
  const auto traffic = Traffic::get(config.traffic);
  const std::size_t workers = config.dut_cpus.size();
  // Both rings of a lane full, and a burst in each pair of hands.
  const std::size_t in_flight = workers * (2 * std::bit_ceil(config.ring_size) + 8 * kBurst);
  const auto source = traffic->source(in_flight);
  RingWire wire(workers, config.ring_size, source->buffers());
  const TableOptions ipv4 = table_options(config, source->ipv4_flows());
  const TableOptions ipv6 = table_options(config, source->ipv6_flows());
  TrackerOptions options = tracker_options(config.tracker, config.traffic.seed, ticks_per_second(), ticks());
  if (config.traffic.pcap.empty()) serve_generated(options);
  return with_table(config.table, [&](auto tag) {
    using Table4 = typename decltype(tag)::template Table<FiveTuple4, FlowRef>;
    using Table6 = typename decltype(tag)::template Table<FiveTuple6, FlowRef>;
    using Tracker = ConnectionTracker<Table4, Table6>;
    std::deque<TrackerMemory<Table4, Table6>> memories;
    std::vector<std::unique_ptr<Tracker>> trackers;
    for (std::size_t i = 0; i < workers; ++i) {
      memories.emplace_back(ipv4, ipv6, entries_per_flow(config.tracker));
      trackers.push_back(std::make_unique<Tracker>(memories.back(), worker_options(options, i, workers)));
    }
    return measure<Tracker>(config, *traffic, *source, wire, trackers, options, stop);
  });
}

}  // namespace

ConntrackTrialResult run_conntrack_trial(const ConntrackTrialConfig& config, std::atomic<bool>& stop) {
  try {
    const ConntrackTrialResult result = run(config, stop);
    if (stop.load()) throw UserError("STOPPED", "The trial was stopped before its end.", "");
    return result;
  } catch (const std::bad_alloc&) {
    throw UserError("OUT_OF_MEMORY", "This host has too little memory for the tables or frames of the trial.",
                    "Use fewer flows or a smaller capacity.");
  } catch (const std::length_error& error) {
    throw UserError("CAPACITY", error.what(), "Use fewer flows or a smaller capacity.");
  } catch (const std::invalid_argument& error) {
    throw UserError("UNKNOWN_TABLE", error.what(), "`nicbench list tables` shows the tables of this build.");
  }
}

}  // namespace nicbench
