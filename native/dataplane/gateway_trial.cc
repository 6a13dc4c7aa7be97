#include "dataplane/gateway_trial.h"

#include <algorithm>
#include <memory>
#include <stdexcept>

#include "common/trial_end.h"
#include "common/user_error.h"
#include "dataplane/connection_tracker.h"
#include "dataplane/dut_thread.h"
#include "dataplane/forwarding_limits.h"
#include "dataplane/gateway_alone.h"
#include "dataplane/pace.h"
#include "dataplane/tracker_config.h"
#include "hashtables/registry.h"

namespace nicbench {
namespace {

constexpr std::size_t kMinCapacity = 64;

void check(const GatewayTrialConfig& config) {
  check(config.tracker);
  const bool nat = config.tracker.use == Use::kNat;
  if (!nat && !(config.tracker.use == Use::kTrack && config.tracker.replies == Replies::kHere)) {
    throw UserError("USE", "A gateway tracks or translates, and sees both directions.", "Set use to track or nat.");
  }
  const bool alone_only = config.test == GatewayTest::kTearDown || config.test == GatewayTest::kCapacity;
  if (config.over_wire && alone_only) {
    throw UserError("WIRE", "Tear-down and capacity are measured on the tracker alone.", "Leave the wire out.");
  }
  if (!config.over_wire && config.test == GatewayTest::kEstablished) {
    throw UserError("WIRE", "Frames on established connections are forwarded over a wire.", "Use the ring.");
  }
  if (config.over_wire && config.test == GatewayTest::kEstablishment && !(config.rate > 0)) {
    throw UserError("RATE", "Over a wire connections are opened at a rate.", "Set a rate, or leave the wire out.");
  }
  if (config.ring_size < kBurst || config.ring_size > (1u << 20)) {
    throw UserError("RING_SIZE", "A ring of " + std::to_string(config.ring_size) + " slots is not possible.",
                    "Use 32 to 1Mi; NICs have 512 to 4096.");
  }
}

template <class Tracker>
GatewayTrialResult alone(const GatewayTrialConfig& config, Tracker& tracker, const DutCheck& check,
                         const std::atomic<bool>& stop) {
  pin_this_thread(config.dut_cpu, "nicbench-gateway");
  ConnectionSource source(config.traffic, 4 * kBurst);
  GatewayAlone<Tracker> gateway(tracker, source, check, stop);
  GatewayTrialResult result;
  if (config.test == GatewayTest::kCapacity) {
    gateway.open_until_refused(result);
    gateway.validate(result);
    return result;
  }
  const auto rounds = [&](double at_least, GatewayTrialResult& sum) {
    const auto clocked = [&] {
      return config.test == GatewayTest::kTearDown ? sum.tear_down_seconds : sum.open_seconds;
    };
    do {
      gateway.open(sum);
      gateway.validate(sum);
      gateway.tear_down(sum);
    } while (clocked() < at_least && !stop.load(std::memory_order_relaxed));
  };
  GatewayTrialResult warmup;
  if (config.warmup_seconds > 0) rounds(config.warmup_seconds, warmup);
  const CpuShare share(pthread_self());
  rounds(config.duration_seconds, result);
  result.dut_cpu_share = share.now();
  result.wrong += warmup.wrong;
  result.left_over += warmup.left_over;
  return result;
}

// A wire with its DUT: plays the phases of a source and says what the DUT did meanwhile.
template <class Tracker>
class Wired {
 public:
  Wired(const GatewayTrialConfig& config, Tracker& tracker, const DutCheck& check, const std::atomic<bool>& stop)
      : config_(config),
        own_cpus_(config.generator_cpu >= 0 && config.dut_cpu >= 0 && config.generator_cpu != config.dut_cpu),
        tracker_(tracker),
        source_(config.traffic, frames_in_flight(config.ring_size)),
        wire_(1, config.ring_size, source_.buffers()),
        dut_(wire_.dut_end(0), tracker, config.dut_cpu, own_cpus_ ? WhenIdle::kSpin : WhenIdle::kYield, kBurst),
        tester_(wire_.tester_ends(), source_, check,
                {.probe_every = config.probe_every, .own_cpu = own_cpus_, .window = wire_.slots()}, stop) {}

  void measure(GatewayTrialResult& result) {
    const bool establishment = config_.test == GatewayTest::kEstablishment;
    const TrackerTotals before = totals(tracker_.counters());
    source_.play(ConnectionSource::Play::kOpen);
    if (establishment) {
      clock(config_.traffic.connections / config_.rate, result);
    } else {
      result.wrong += tester_.learn().counts.bad;
    }
    result.tracker = totals(tracker_.counters()) - before;
    result.live_flows = result.tracker.live();
    result.rounds = 1;
    result.offered = config_.traffic.connections;
    result.established = result.tracker.created;
    validate(result);
    if (establishment) {
      result.open_seconds = result.phase->seconds;
      return;
    }
    source_.play(ConnectionSource::Play::kExchange);
    if (config_.warmup_seconds > 0) tester_.run(config_.warmup_seconds, config_.rate);
    clock(config_.duration_seconds, result);
    result.created_late = tracker_.counters().created.get() - before.created - result.established;
  }

 private:
  void validate(GatewayTrialResult& result) {
    result.wrong += source_.wrong();  // until now; the next phase counts anew
    source_.play(ConnectionSource::Play::kAnswer);
    result.wrong += tester_.learn().counts.bad;
    result.wrong += source_.wrong();
    result.answered = source_.answered();
  }

  void clock(double seconds, GatewayTrialResult& result) {
    const WorkerCounters& counters = dut_.counters();
    const std::uint64_t busy = counters.busy_ticks.get(), total = counters.total_ticks.get();
    const std::uint64_t dropped = counters.dropped.get(), wire_full = counters.wire_full.get();
    const CpuShare generator(pthread_self()), dut(dut_.thread());
    result.phase = tester_.run(seconds, config_.rate);
    result.generator_cpu_share = generator.now();
    result.dut_cpu_share = dut.now();
    result.latency = tester_.latency();
    result.dut_dropped = counters.dropped.get() - dropped;
    result.dut_wire_full = counters.wire_full.get() - wire_full;
    result.generator_limited = config_.rate > 0
                                   ? fell_behind(result.phase->counts)
                                   : was_idle(counters.busy_ticks.get() - busy, counters.total_ticks.get() - total);
    result.wrong += result.phase->counts.bad;
  }

  const GatewayTrialConfig& config_;
  const bool own_cpus_;
  Tracker& tracker_;
  ConnectionSource source_;
  RingWire wire_;
  DutThread<RingWire::DutEnd, Tracker> dut_;
  Tester<RingWire::TesterEnd> tester_;
};

GatewayTrialResult run(const GatewayTrialConfig& config, const std::atomic<bool>& stop) {
  check(config);
  const TableOptions ipv4{std::max(config.capacity, kMinCapacity), config.traffic.seed, true};
  const TableOptions ipv6{kMinCapacity, config.traffic.seed, true};
  const TrackerOptions options = tracker_options(config.tracker, config.traffic.seed, ticks_per_second(), ticks());
  const DutCheck check(options, true);
  return with_table(config.table, [&](auto tag) {
    using Table4 = typename decltype(tag)::template Table<FiveTuple4, FlowRef>;
    using Table6 = typename decltype(tag)::template Table<FiveTuple6, FlowRef>;
    using Tracker = ConnectionTracker<Table4, Table6>;
    // The table's capacity is asked for, not that of the memory behind it.
    const std::size_t more = config.test == GatewayTest::kCapacity ? config.traffic.connections : 0;
    TrackerMemory<Table4, Table6> memory(ipv4, ipv6, config.tracker.check_windows, entries_per_flow(config.tracker), 1,
                                         more);
    const auto tracker = std::make_unique<Tracker>(memory, options);
    GatewayTrialResult result;
    if (config.over_wire) {
      pin_this_thread(config.generator_cpu, "nicbench-gen");
      Wired<Tracker>(config, *tracker, check, stop).measure(result);
    } else {
      result = alone(config, *tracker, check, stop);
    }
    result.table_bytes = memory.ipv4.table.memory();
    result.tracker_bytes = memory.ipv4.bytes() + tracker->ipv4().memory();
    return result;
  });
}

}  // namespace

GatewayTrialResult run_gateway_trial(const GatewayTrialConfig& config, std::atomic<bool>& stop) {
  try {
    return run_to_end(stop, "the table of the trial", "Use fewer connections or a smaller capacity.",
                      [&] { return run(config, stop); });
  } catch (const std::length_error& error) {
    throw UserError("CAPACITY", error.what(), "Use a smaller capacity.");
  } catch (const std::invalid_argument& error) {
    throw UserError("UNKNOWN_TABLE", error.what(), "`nicbench list tables` shows the tables of this build.");
  }
}

}  // namespace nicbench
