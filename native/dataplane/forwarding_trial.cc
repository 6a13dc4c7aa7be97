#include "dataplane/forwarding_trial.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <memory>
#include <optional>
#include <thread>

#include "common/affinity.h"
#include "common/user_error.h"
#include "dataplane/dut_thread.h"
#include "dataplane/forwarder.h"
#include "dataplane/forwarding_limits.h"
#include "dataplane/forwarding_phases.h"
#include "dataplane/pace.h"
#include "dataplane/trial_end.h"
#include "io/link_drops.h"
#include "io/netlink.h"
#include "io/network_namespace.h"
#include "io/wires.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

// On a veth pair who sends also does the kernel's work of receiving, so that both ends have about as much to do, and
// each waits for the other now and then.
constexpr double kIdleOnVeth = 0.25;
constexpr const char* kTesterInterface = "tester";
constexpr const char* kDutInterface = "dut";

// Of the DUT's end, and of the wire between, at one moment.
struct Totals {
  std::uint64_t frames = 0, foreign = 0, wire_full = 0, busy = 0, total = 0;
  std::uint64_t lost_to_dut = 0, lost_to_tester = 0, between = 0;

  Totals operator-(const Totals& before) const noexcept {
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
class Ring {
 public:
  using TesterEnd = RingWire::TesterEnd;
  using DutEnd = RingWire::DutEnd;

  Ring(const ForwardingTrialConfig& config, std::size_t buffers) : wire_(1, config.ring_size, buffers) {}

  TesterEnd tester_end() noexcept { return wire_.tester_end(0); }
  DutEnd dut_end() noexcept { return wire_.dut_end(0); }
  void count(Totals&) const noexcept {}
  void throw_fault() const {}
  void describe(ForwardingTrialResult& result) const { result.wire = result.tester_wire = "ring"; }

 private:
  RingWire wire_;
};

// Two ports: of a wire that brings both, or on a veth pair in the network namespace of the calling thread.
class PortWire {
 public:
  using TesterEnd = PortTesterEnd;
  using DutEnd = PortDutEnd;

  explicit PortWire(const ForwardingTrialConfig& config) {
    if (wire_info(config.wire).ends == WireEnds::kItself) {
      PortPair pair = open_pair(config.wire, {"", config.ring_size, kMaxVethFrame});
      dut_ = std::move(pair.far);
      tester_ = std::move(pair.near);
      return;
    }
    drops_.emplace();
    constexpr unsigned kMtu = kMaxVethFrame - kEthernetHeader;
    add_veth_pair(kTesterInterface, kDutInterface, kMtu);
    set_link_up(kTesterInterface, true);
    set_link_up(kDutInterface, true);
    dut_ = open_port(config.wire, {kDutInterface, config.ring_size, kMaxVethFrame});
    const std::string& tester_wire = config.tester_wire.empty() ? config.wire : config.tester_wire;
    tester_ = open_port(tester_wire, {kTesterInterface, config.ring_size, kMaxVethFrame});
  }

  TesterEnd tester_end() noexcept { return {*tester_, dut_.get()}; }
  DutEnd dut_end() noexcept { return DutEnd(*dut_); }
  void count(Totals& totals) const noexcept {
    totals.lost_to_dut = dut_->lost();
    totals.lost_to_tester = tester_->lost();
    totals.between = drops_ ? drops_->total() : 0;
  }
  void throw_fault() const {
    for (const Port* port : {dut_.get(), tester_.get()}) {
      if (port->fault() != WireFault::kNone) throw port->fault_error();
    }
  }
  void describe(ForwardingTrialResult& result) const {
    result.wire = dut_->description();
    result.tester_wire = tester_->description();
  }

 private:
  std::optional<LinkDrops> drops_;
  std::unique_ptr<Port> dut_, tester_;
};

// Strikes in the middle of the phase that it is made for.
class MishapThread {
 public:
  MishapThread(Mishap mishap, double phase_seconds) {
    if (mishap == Mishap::kNone) return;
    thread_ = std::thread([mishap, phase_seconds] {
      std::this_thread::sleep_for(std::chrono::duration<double>(phase_seconds / 4));
      try {
        strike(mishap);
      } catch (const UserError&) {  // the wire is gone already
      }
    });
  }
  ~MishapThread() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  static void strike(Mishap mishap) {
    if (mishap == Mishap::kLinkDown) set_link_up(kDutInterface, false);
    if (mishap == Mishap::kInterfaceGone) delete_link(kDutInterface);
    if (mishap == Mishap::kForeignFrames) send_foreign();
  }

  // As neighbour discovery does: multicast, of a type that is not ours; to either end.
  static void send_foreign() {
    std::array<std::uint8_t, 86> bytes{0x33, 0x33, 0, 0, 0, 1, 0x02, 0, 0, 0, 0, 7, 0x86, 0xdd, 0x60};
    const Frame frame{bytes.data(), 0, static_cast<std::uint16_t>(bytes.size()), 0};
    for (const char* interface : {kTesterInterface, kDutInterface}) {
      const auto port = open_port("socket", {interface, kBurst, kMaxVethFrame});
      for (int i = 0; i < 10; ++i) port->send({&frame, 1});
    }
  }

  std::thread thread_;
};

bool is_generator_limited(const ForwardingTrialConfig& config, const ForwardingTrialResult& result) {
  if (config.traffic.rate > 0) return fell_behind(result.phase.counts);
  return was_idle(result.dut_busy_ticks, result.dut_total_ticks, config.wire == "ring" ? kIdleShare : kIdleOnVeth);
}

void count_losses(const Totals& totals, ForwardingTrialResult& result) {
  const TesterCounts& counts = result.phase.counts;
  result.lost_to_dut = totals.lost_to_dut;
  result.lost_to_tester = totals.lost_to_tester;
  // An interface also counts what the kernel tries again, and frames of others: only what nothing else explains is
  // ours.
  const std::uint64_t explained =
      counts.received + counts.wire_full + totals.wire_full + totals.lost_to_dut + totals.lost_to_tester;
  result.lost_between = std::min(totals.between, counts.sent - std::min(counts.sent, explained));
}

template <class Wire>
ForwardingTrialResult measure(const ForwardingTrialConfig& config, const Traffic& traffic, FrameSource& source,
                              Wire& wire, std::atomic<bool>& stop) {
  using TesterEnd = typename Wire::TesterEnd;
  const bool own_cpus = config.generator_cpu >= 0 && config.dut_cpu >= 0 && config.generator_cpu != config.dut_cpu;
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  Forwarder forwarder;
  DutThread<typename Wire::DutEnd, Forwarder> dut(wire.dut_end(), forwarder, config.dut_cpu,
                                                  own_cpus ? WhenIdle::kSpin : WhenIdle::kYield, config.burst);
  const auto now = [&] {
    const WorkerCounters& worker = dut.counters();
    Totals totals{worker.frames.get(),
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
  const Totals before = now();
  const CpuShare dut_share(dut.thread());
  {
    const MishapThread mishap(config.mishap, config.duration_seconds);
    static_cast<TesterFindings&>(result) = phases.run(config.duration_seconds, config.traffic.rate);
  }
  result.dut_cpu_share = dut_share.now();
  const Totals totals = now() - before;
  dut.join();
  result.involuntary_switches = dut.switches() + involuntary_switches() - switches_before;

  result.dut_frames = totals.frames;
  result.dut_foreign = totals.foreign;
  result.dut_wire_full = totals.wire_full;
  result.dut_busy_ticks = totals.busy;
  result.dut_total_ticks = totals.total;
  count_losses(totals, result);
  result.traffic_digest = traffic.digest();
  result.generator_limited = is_generator_limited(config, result);
  return result;
}

ForwardingTrialResult run(const ForwardingTrialConfig& config, std::atomic<bool>& stop) {
  check_burst(config.burst);
  check_window(config.window, config.ring_size);
  const auto traffic = Traffic::get(config.traffic);
  // Both directions full, and a burst in each pair of hands.
  const auto source = traffic->source(2 * std::bit_ceil(config.ring_size) + 8 * kBurst);
  if (config.wire == "ring") {
    Ring wire(config, source->buffers());
    return measure(config, *traffic, *source, wire, stop);
  }
  check_frames(*traffic, kMaxVethFrame);
  ForwardingTrialResult result;
  const auto on_ports = [&] {
    PortWire wire(config);
    result = measure(config, *traffic, *source, wire, stop);
  };
  switch (wire_info(config.wire).ends) {
    case WireEnds::kItself: on_ports(); break;
    case WireEnds::kInterfaces: NetworkNamespace().run(on_ports); break;
    case WireEnds::kDevices:
      throw UserError("WIRE_ENDS", "The wire '" + config.wire + "' needs devices, and this trial makes none.",
                      "Use dpdk-memif, dpdk-af_packet or dpdk-af_xdp, which make their own.");
  }
  return result;
}

}  // namespace

ForwardingTrialResult run_forwarding_trial(const ForwardingTrialConfig& config, std::atomic<bool>& stop) {
  return run_to_end(stop, "the frames of the trial", "Use fewer flows or a smaller ring.",
                    [&] { return run(config, stop); });
}

}  // namespace nicbench
