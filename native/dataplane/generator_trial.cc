#include "dataplane/generator_trial.h"

#include <memory>
#include <span>

#include "common/affinity.h"
#include "common/trial_end.h"
#include "common/user_error.h"
#include "dataplane/dut_thread.h"
#include "dataplane/forwarding_limits.h"
#include "io/link_drops.h"
#include "io/netlink.h"
#include "io/network_namespace.h"
#include "io/wires.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

constexpr std::size_t kRingSize = 1024;
constexpr std::uint32_t kProbeEvery = 64;
constexpr std::size_t kMaxFrame = 1514;
constexpr const char* kGeneratorInterface = "generator";
constexpr const char* kFarInterface = "far";

// A worker's tracker, as run_worker() wants one: keeps no frame, so that all buffers go back at once.
class Discarder {
 public:
  std::size_t process(std::span<Frame>, std::uint64_t) noexcept { return 0; }
  void maintain(std::uint64_t) noexcept {}
};

// No frame comes back to be checked.
class NoCheck final : public FrameCheck {
 public:
  bool good(const Frame&) const noexcept override { return true; }
};

class RingToDiscarder {
 public:
  using TesterEnd = RingWire::TesterEnd;

  RingToDiscarder(const GeneratorTrialConfig& config, std::size_t buffers, bool own_cpus)
      : wire_(1, kRingSize, buffers),
        sink_(wire_.dut_end(0), discarder_, config.sink_cpu, own_cpus ? WhenIdle::kSpin : WhenIdle::kYield, kBurst) {}

  TesterEnd end() noexcept { return wire_.tester_end(0); }
  std::string description() const { return "ring"; }
  std::uint64_t interface_drops() const noexcept { return 0; }
  void throw_fault() const {}

 private:
  Discarder discarder_;
  RingWire wire_;
  DutThread<RingWire::DutEnd, Discarder> sink_;
};

// A wire that brings both of its ends, the far one read by a thread.
class PairToDiscarder {
 public:
  using TesterEnd = PortTesterEnd;

  PairToDiscarder(const GeneratorTrialConfig& config, bool own_cpus)
      : pair_(open_pair(config.wire, {"", kRingSize, kMaxFrame})),
        sink_(PortDutEnd(*pair_.far), discarder_, config.sink_cpu, own_cpus ? WhenIdle::kSpin : WhenIdle::kYield,
              kBurst) {}

  TesterEnd end() noexcept { return {*pair_.near, pair_.far.get()}; }
  std::string description() const { return pair_.near->description(); }
  std::uint64_t interface_drops() const noexcept { return 0; }
  void throw_fault() const { throw_if_broken(*pair_.near); }

 private:
  Discarder discarder_;
  const PortPair pair_;
  DutThread<PortDutEnd, Discarder> sink_;
};

// In the network namespace of the calling thread.
class VethToNobody {
 public:
  using TesterEnd = PortTesterEnd;

  explicit VethToNobody(const std::string& wire) {
    add_veth_pair(kGeneratorInterface, kFarInterface, kMaxFrame - kEthernetHeader);
    set_link_up(kGeneratorInterface, true);
    set_link_up(kFarInterface, true);
    port_ = open_port(wire, {kGeneratorInterface, kRingSize, kMaxFrame});
  }

  TesterEnd end() noexcept { return {*port_, nullptr}; }
  std::string description() const { return port_->description(); }
  std::uint64_t interface_drops() const noexcept { return drops_.total(); }
  void throw_fault() const { throw_if_broken(*port_); }

 private:
  LinkDrops drops_;
  std::unique_ptr<Port> port_;
};

template <class Wire>
GeneratorTrialResult measure(const GeneratorTrialConfig& config, FrameSource& source, Wire& wire, bool own_cpus,
                             const std::atomic<bool>& stop) {
  pin_this_thread(config.generator_cpu, "nicbench-gen");
  const NoCheck check;
  Tester<typename Wire::TesterEnd> tester(
      {wire.end()}, source, check,
      {.probe_every = kProbeEvery, .own_cpu = own_cpus, .pacing = config.pacing, .one_way = true}, stop);
  const auto run_checked = [&](double seconds) {
    PhaseResult result = tester.run(seconds, config.traffic.rate);
    wire.throw_fault();
    return result;
  };
  if (config.warmup_seconds > 0) run_checked(config.warmup_seconds);
  GeneratorTrialResult result;
  const std::uint64_t drops_before = wire.interface_drops();
  const CpuShare share(pthread_self());
  result.phase = run_checked(config.duration_seconds);
  result.generator_cpu_share = share.now();
  result.interface_drops = wire.interface_drops() - drops_before;
  result.wire = wire.description();
  result.clock_read_ns = clock_read_ticks() / ticks_per_second() * 1e9;
  return result;
}

GeneratorTrialResult run(const GeneratorTrialConfig& config, const std::atomic<bool>& stop) {
  const auto source = Traffic::get(config.traffic)->source(frames_in_flight(kRingSize));
  const bool own_cpus = config.generator_cpu >= 0 && config.sink_cpu >= 0 && config.generator_cpu != config.sink_cpu;
  if (config.wire == "ring") {
    RingToDiscarder wire(config, source->buffers(), own_cpus);
    return measure(config, *source, wire, own_cpus, stop);
  }
  if (wire_info(config.wire).ends == WireEnds::kItself) {
    PairToDiscarder wire(config, own_cpus);
    return measure(config, *source, wire, own_cpus, stop);
  }
  GeneratorTrialResult result;
  NetworkNamespace().run([&] {
    VethToNobody wire(config.wire);
    result = measure(config, *source, wire, true, stop);
  });
  return result;
}

}  // namespace

GeneratorTrialResult run_generator_trial(const GeneratorTrialConfig& config, std::atomic<bool>& stop) {
  return run_to_end(stop, "the frames of the trial", "Use fewer flows.", [&] { return run(config, stop); });
}

}  // namespace nicbench
