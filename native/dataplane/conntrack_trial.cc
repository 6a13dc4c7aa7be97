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
#include "dataplane/worker.h"
#include "hashtables/registry.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

constexpr double kLoadFactor = 0.8;
constexpr std::size_t kMinCapacity = 64;
constexpr double kIdleShare = 0.05;  // of the DUT's time, above which the generator set the pace
constexpr double kStallSeconds = 0.05;

// A frame that went through the DUT: on its way to a backend, with right checksums where they can be known.
class BalancedCheck final : public FrameCheck {
 public:
  BalancedCheck(std::uint32_t backends, bool verifiable) : backends_(backends), verifiable_(verifiable) {}

  bool good(const Frame& frame) const noexcept override {
    ParsedFrame parsed;
    switch (parse_frame(frame.data, frame.length, parsed)) {
      case FrameKind::kIpv4:
        return good4(frame, parsed);
      case FrameKind::kIpv6:
        return is_backend6(parsed.key6.destination);
      default:
        return !verifiable_;  // captures hold frames that have no flow
    }
  }

 private:
  bool good4(const Frame& frame, const ParsedFrame& parsed) const noexcept {
    const std::uint32_t number = to_be32(parsed.key4.destination) - to_be32(backend_address4(0));
    if (number >= backends_) return false;
    if (!verifiable_) return true;
    const std::uint8_t* ip = frame.data + parsed.network;
    if (checksum(ip, kIpv4Header) != 0) return false;
    // The payload behind a probe's signature is zero and adds nothing.
    const std::size_t end = std::min<std::size_t>(parsed.network_end, parsed.payload + sizeof(ProbeSignature));
    const auto length = static_cast<std::uint16_t>(parsed.network_end - parsed.transport);
    return fold16(pseudo_header_sum(ip + kIpv4Source, 8, parsed.protocol, length) +
                  sum_bytes(frame.data + parsed.transport, end - parsed.transport)) == 0xffff;
  }

  bool is_backend6(const std::array<std::uint8_t, 16>& address) const noexcept {
    const std::uint16_t number = load_be16(address.data() + 14);
    return number < backends_ && address == backend_address6(number);
  }

  const std::uint32_t backends_;
  const bool verifiable_;
};

std::size_t capacity_for(std::size_t asked, std::size_t flows) {
  if (flows == 0) return kMinCapacity;
  const auto fitting = static_cast<std::size_t>(static_cast<double>(flows) / kLoadFactor);
  return std::max(asked != 0 ? asked : fitting, kMinCapacity);
}

void check(const ConntrackTrialConfig& config) {
  if (config.backends == 0 || config.backends > kMaxBackends) {
    throw UserError("BACKENDS", std::to_string(config.backends) + " backends are not possible.", "Use 1 to 65536.");
  }
  if (config.ring_size < kBurst || config.ring_size > (1u << 20)) {
    throw UserError("RING_SIZE", "A ring of " + std::to_string(config.ring_size) + " slots is not possible.",
                    "Use 32 to 1Mi; NICs have 512 to 4096.");
  }
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

void inject(Fault fault, Stall& stall) {
  if (fault == Fault::kCrash) std::raise(SIGSEGV);
  if (fault == Fault::kStall) {
    stall.ticks.store(static_cast<std::uint64_t>(kStallSeconds * ticks_per_second()), std::memory_order_relaxed);
  }
  while (fault == Fault::kHang) std::this_thread::sleep_for(std::chrono::seconds(1));
}

template <class Tracker>
ConntrackTrialResult measure(const ConntrackTrialConfig& config, const Traffic& traffic, FrameSource& source,
                             RingWire& wire, Tracker& tracker, std::atomic<bool>& stop) {
  const bool own_cpus = config.dut_cpu >= 0 && config.generator_cpu >= 0 && config.dut_cpu != config.generator_cpu;
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  const BalancedCheck check(config.backends, source.verifiable());
  DutThread dut(wire, tracker, config, own_cpus ? WhenIdle::kSpin : WhenIdle::kYield);
  Tester tester(wire, source, check, {config.probe_every, config.series_interval_seconds, own_cpus, true}, stop);

  ConntrackTrialResult result;
  result.learning_bad = tester.learn().counts.bad;
  if (config.warmup_seconds > 0) tester.run(config.warmup_seconds, config.traffic.rate);

  const WorkerCounters& counters = dut.counters();
  const std::uint64_t busy = counters.busy_ticks.get(), total = counters.total_ticks.get();
  const std::uint64_t frames = counters.frames.get(), refused = counters.refused.get();
  const std::uint64_t wire_full = counters.wire_full.get(), untracked = counters.untracked.get();
  const std::uint64_t flows = counters.flows.get();
  inject(config.fault, dut.stall());
  result.phase = tester.run(config.duration_seconds, config.traffic.rate);
  result.dut_busy_ticks = counters.busy_ticks.get() - busy;
  result.dut_total_ticks = counters.total_ticks.get() - total;
  dut.join();

  result.latency = tester.latency();
  result.series = tester.series();
  result.dut_frames = counters.frames.get() - frames;
  result.dut_refused = counters.refused.get() - refused;
  result.dut_wire_full = counters.wire_full.get() - wire_full;
  result.untracked = counters.untracked.get() - untracked;
  result.live_flows = counters.flows.get();
  result.new_flows = result.live_flows - flows;
  result.expected_flows = source.ipv4_flows() + source.ipv6_flows();
  result.table_bytes = tracker.ipv4().table_memory() + tracker.ipv6().table_memory();
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
  const TableOptions ipv4{capacity_for(config.capacity, source->ipv4_flows()), config.traffic.seed, true};
  const TableOptions ipv6{capacity_for(config.capacity, source->ipv6_flows()), config.traffic.seed, true};
  return with_table(config.table, [&](auto tag) {
    using Table4 = typename decltype(tag)::template Table<FiveTuple4, std::uint32_t>;
    using Table6 = typename decltype(tag)::template Table<FiveTuple6, std::uint32_t>;
    const auto tracker = std::make_unique<ConnectionTracker<Table4, Table6>>(ipv4, ipv6, config.backends);
    return measure(config, *traffic, *source, wire, *tracker, stop);
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
