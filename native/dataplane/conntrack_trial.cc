#include "dataplane/conntrack_trial.h"

#include <csignal>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "common/affinity.h"
#include "common/user_error.h"
#include "dataplane/connection_tracker.h"
#include "dataplane/dut_check.h"
#include "dataplane/tracker_config.h"
#include "dataplane/worker.h"
#include "hashtables/registry.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

constexpr std::size_t kMinCapacity = 64;
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
  if (config.ring_size < kBurst || config.ring_size > (1u << 20)) {
    throw UserError("RING_SIZE", "A ring of " + std::to_string(config.ring_size) + " slots is not possible.",
                    "Use 32 to 1Mi; NICs have 512 to 4096.");
  }
}

TableOptions table_options(const ConntrackTrialConfig& config, std::size_t flows) {
  const double seconds = config.warmup_seconds + config.duration_seconds;
  const double born = flows == 0 ? 0 : config.traffic.new_flows;
  std::size_t capacity = config.capacity != 0 ? config.capacity : flows_to_hold(config.tracker, flows, born, seconds);
  if (flows == 0) capacity = 0;
  return {std::max(capacity, kMinCapacity), config.traffic.seed, true};
}

// The DUT's thread, running from construction to destruction.
template <class Tracker>
class DutThread {
 public:
  DutThread(RingWire& wire, Tracker& tracker, const ConntrackTrialConfig& config, WhenIdle when_idle)
      : thread_([this, &wire, &tracker, &config, when_idle] {
          try {
            pin_this_thread(config.dut_cpu, "nicbench-dut");
          } catch (...) {
            error_ = std::current_exception();
          }
          ready_.store(true, std::memory_order_release);
          if (error_) return;
          run_worker(wire.dut_end(0), tracker, counters_, stall_, when_idle, stop_);
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

void inject(Fault fault, Stall& stall) {
  if (fault == Fault::kCrash) std::raise(SIGSEGV);
  if (fault == Fault::kStall) {
    stall.ticks.store(static_cast<std::uint64_t>(kStallSeconds * ticks_per_second()), std::memory_order_relaxed);
  }
  while (fault == Fault::kHang) std::this_thread::sleep_for(std::chrono::seconds(1));
}

// The DUT's counters at one moment.
struct DutTotals {
  std::uint64_t frames, dropped, wire_full, busy, total;
  TrackerTotals tracker;
};

DutTotals dut_totals(const WorkerCounters& worker, const TrackerCounters& tracker) {
  return {worker.frames.get(),     worker.dropped.get(),     worker.wire_full.get(),
          worker.busy_ticks.get(), worker.total_ticks.get(), totals(tracker)};
}

template <class Tracker>
ConntrackTrialResult measure(const ConntrackTrialConfig& config, const Traffic& traffic, FrameSource& source,
                             RingWire& wire, Tracker& tracker, const TrackerOptions& options, std::atomic<bool>& stop) {
  const bool own_cpus = config.dut_cpu >= 0 && config.generator_cpu >= 0 && config.dut_cpu != config.generator_cpu;
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  const DutCheck check(options, source.verifiable());
  DutThread dut(wire, tracker, config, own_cpus ? WhenIdle::kSpin : WhenIdle::kYield);
  Tester tester(wire, source, check, {config.probe_every, config.series_interval_seconds, own_cpus, true}, stop);

  ConntrackTrialResult result;
  result.learning_bad = tester.learn().counts.bad;
  if (config.warmup_seconds > 0) tester.run(config.warmup_seconds, config.traffic.rate);

  const DutTotals before = dut_totals(dut.counters(), tracker.counters());
  const CpuShare generator_share(pthread_self()), dut_share(dut.thread());
  inject(config.fault, dut.stall());
  result.phase = tester.run(config.duration_seconds, config.traffic.rate);
  result.generator_cpu_share = generator_share.now();
  result.dut_cpu_share = dut_share.now();
  const DutTotals after = dut_totals(dut.counters(), tracker.counters());
  dut.join();

  result.latency = tester.latency();
  result.series = tester.series();
  result.dut_busy_ticks = after.busy - before.busy;
  result.dut_total_ticks = after.total - before.total;
  result.dut_frames = after.frames - before.frames;
  result.dut_dropped = after.dropped - before.dropped;
  result.dut_wire_full = after.wire_full - before.wire_full;
  result.tracker = after.tracker - before.tracker;
  result.live_flows = after.tracker.live();
  result.longest_maintenance = dut.counters().longest_maintenance.get();
  result.clock_read_ticks = clock_read_ticks();
  result.expected_flows = source.ipv4_flows() + source.ipv6_flows();
  result.born_flows = source.born_flows();
  result.table_bytes = tracker.ipv4().table_memory() + tracker.ipv6().table_memory();
  result.tracker_bytes = tracker.ipv4().memory() + tracker.ipv6().memory();
  result.involuntary_switches = dut.switches() + involuntary_switches() - switches_before;
  result.traffic_digest = traffic.digest();
  const double idle = 1 - static_cast<double>(result.dut_busy_ticks) / static_cast<double>(result.dut_total_ticks);
  const TesterCounts& counts = result.phase.counts;
  const bool fell_short = counts.sent + counts.sent / 1000 < counts.intended;
  result.generator_limited = config.traffic.rate == 0 ? idle > kIdleShare : fell_short;
  return result;
}

ConntrackTrialResult run(const ConntrackTrialConfig& config, std::atomic<bool>& stop) {
  check(config);
  const auto traffic = Traffic::get(config.traffic);
  // Both rings full, and a burst in each pair of hands.
  const std::size_t in_flight = 2 * std::bit_ceil(config.ring_size) + 8 * kBurst;
  const auto source = traffic->source(in_flight);
  RingWire wire(1, config.ring_size, source->buffers());
  const TableOptions ipv4 = table_options(config, source->ipv4_flows());
  const TableOptions ipv6 = table_options(config, source->ipv6_flows());
  TrackerOptions options = tracker_options(config.tracker, config.traffic.seed, ticks_per_second(), ticks());
  if (config.traffic.pcap.empty()) serve_generated(options);
  return with_table(config.table, [&](auto tag) {
    using Table4 = typename decltype(tag)::template Table<FiveTuple4, FlowRef>;
    using Table6 = typename decltype(tag)::template Table<FiveTuple6, FlowRef>;
    TrackerMemory<Table4, Table6> memory(ipv4, ipv6, entries_per_flow(config.tracker));
    const auto tracker = std::make_unique<ConnectionTracker<Table4, Table6>>(memory, options);
    return measure(config, *traffic, *source, wire, *tracker, options, stop);
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
