#include "dataplane/forwarding_ends.h"

#include <bit>
#include <utility>

#include "common/affinity.h"
#include "common/trial_end.h"
#include "common/user_error.h"
#include "dataplane/forwarding_limits.h"
#include "dataplane/pace.h"
#include "io/discard_waiting.h"
#include "io/network_namespace.h"
#include "io/wires.h"
#include "trafficgen/frame_source.h"

namespace nicbench {
namespace {

// Longer than a frame takes to come back by any DUT that forwards it.
constexpr double kGiveUp = 0.1;

// The DUT's port is open when the generator opens its own; the link may take a while all the same.
constexpr double kLinkWaitSeconds = 10;

// At `max`, a generator that is never held back by window or wire sets the pace itself.
constexpr double kLeastBlocked = 0.05;

void throw_if_broken(const Port& port) {
  if (port.fault() != WireFault::kNone) throw port.fault_error();
}

std::unique_ptr<Port> open_in_namespace(const HostPort& wanted) {
  std::unique_ptr<Port> port;
  NetworkNamespace::of(wanted.namespace_of).run([&] { port = open_port(wanted.wire, wanted.options); });
  return port;
}

}  // namespace

Port& KeptPort::get(const HostPort& wanted) {
  if (port_ == nullptr || port_->fault() != WireFault::kNone || spec_ != wanted) {
    port_.reset();  // a port can be open once only
    port_ = open_port(wanted.wire, wanted.options);
    spec_ = wanted;
  }
  discard_waiting(*port_);
  return *port_;
}

struct GeneratorEnd::Trial {
  // own: the port, where it is this trial's alone.
  Trial(const GeneratorEndConfig& wanted, Port& open, std::unique_ptr<Port> own, const std::atomic<bool>& stop)
      : config(wanted),
        owned(std::move(own)),
        port(open),
        traffic(Traffic::get(wanted.traffic)),
        source(traffic->source(2 * std::bit_ceil(wanted.port.options.slots) + 8 * kBurst)),
        phases(PortTesterEnd(open, nullptr), *source,
               {.probe_every = wanted.probe_every,
                .series_interval = wanted.series_interval_seconds,
                .own_cpu = wanted.cpu >= 0,
                .pacing = wanted.pacing,
                .window = wanted.window,
                .give_up = kGiveUp},
               stop, [this] { throw_if_broken(port); }) {
    check_frames(*traffic, wanted.port.options.max_frame);
  }

  const GeneratorEndConfig config;
  const std::unique_ptr<Port> owned;
  Port& port;
  const std::shared_ptr<const Traffic> traffic;
  const std::unique_ptr<FrameSource> source;
  ForwardingPhases<PortTesterEnd> phases;
};

void GeneratorEnd::prepare(const GeneratorEndConfig& config, std::atomic<bool>& stop) {
  release();
  check_window(config.window, config.port.options.slots);
  trial_ = run_to_end(stop, "the frames of the trial", "Use fewer flows or a smaller ring.", [&] {
    pin_this_thread(config.cpu, "nicbench-gen");
    HostPort port = config.port;
    port.options.link_wait_seconds = kLinkWaitSeconds;
    port.options.zero_behind = Traffic::get(config.traffic)->zero_behind();
    std::unique_ptr<Port> own = port.namespace_of == 0 ? nullptr : open_in_namespace(port);
    Port& open = own ? *own : port_.get(port);
    auto trial = std::make_shared<Trial>(config, open, std::move(own), stop);
    trial->phases.prepare(config.warmup_seconds, config.traffic.rate);
    return trial;
  });
}

GeneratorEndResult GeneratorEnd::run(std::atomic<bool>& stop) {
  const std::shared_ptr<Trial> trial = std::move(trial_);
  if (trial == nullptr) throw UserError("NOT_PREPARED", "No trial was prepared.", "Prepare one first.");
  if (trial->owned != nullptr) over_ = trial;
  const GeneratorEndConfig& config = trial->config;
  pin_this_thread(config.cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  const std::uint64_t lost_before = trial->port.lost();
  GeneratorEndResult result;
  static_cast<TesterFindings&>(result) = trial->phases.run(config.duration_seconds, config.traffic.rate);
  throw_if_stopped(stop);
  result.config = config;
  result.port = trial->port.description();
  result.lost_at_port = trial->port.lost() - lost_before;
  result.involuntary_switches = involuntary_switches() - switches_before;
  result.generator_limited =
      config.traffic.rate > 0 ? fell_behind(result.phase.counts) : result.phase.blocked_share < kLeastBlocked;
  result.traffic_digest = trial->traffic->digest();
  return result;
}

ForwarderEnd::Running::Running(Port& open, const ForwarderConfig& config)
    : port(open),
      thread(PortDutEnd(open), forwarder, config.cpu, config.cpu >= 0 ? WhenIdle::kSpin : WhenIdle::kYield,
             config.burst),
      lost_before(open.lost()),
      share(thread.thread()) {}

std::string ForwarderEnd::start(const ForwarderConfig& config) {
  stop();
  check_burst(config.burst);
  Port& port = port_.get(config.port);
  running_.emplace(port, config);
  return port.description();
}

ForwarderCounts ForwarderEnd::counts() {
  if (!running_) throw UserError("NOT_STARTED", "No forwarder is running.", "Start one first.");
  throw_if_broken(running_->port);
  const WorkerCounters& worker = running_->thread.counters();
  const ForwarderCounts counts{worker.frames.get(),     worker.dropped.get(),
                               worker.wire_full.get(),  running_->port.lost() - running_->lost_before,
                               worker.busy_ticks.get(), worker.total_ticks.get(),
                               running_->share.now()};
  running_->share = CpuShare(running_->thread.thread());
  return counts;
}

}  // namespace nicbench
