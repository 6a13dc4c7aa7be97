#include "dataplane/forwarding_ends.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "common/affinity.h"
#include "common/clock.h"
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

bool is_broken(const PortQueues& port) noexcept {
  return std::any_of(port.begin(), port.end(), [](const auto& queue) { return queue->fault() != WireFault::kNone; });
}

PortQueues open_in_namespace(const HostPort& wanted) {
  PortQueues port;
  NetworkNamespace::of(wanted.namespace_of).run([&] { port = open_queues(wanted.wire, wanted.options); });
  return port;
}

std::vector<PortTesterEnd> tester_ends(const PortQueues& port) {
  std::vector<PortTesterEnd> ends;
  for (const auto& queue : port) ends.emplace_back(*queue, nullptr);
  return ends;
}

// Of CLOCK_MONOTONIC, which other programs read too, at a time of ticks() that is past.
double monotonic_seconds_at(std::uint64_t then) noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  const double ago = static_cast<double>(ticks() - then) / ticks_per_second();
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9 - ago;
}

}  // namespace

const PortQueues& KeptPort::get(const HostPort& wanted) {
  if (port_.empty() || is_broken(port_) || spec_ != wanted) {
    port_.clear();  // a port can be open once only
    port_ = open_queues(wanted.wire, wanted.options);
    spec_ = wanted;
  }
  for (const auto& queue : port_) discard_waiting(*queue);
  return port_;
}

struct GeneratorEnd::Trial {
  // own: the port, where it is this trial's alone.
  Trial(const GeneratorEndConfig& wanted, const PortQueues& open, PortQueues own, const std::atomic<bool>& stop)
      : config(wanted),
        owned(std::move(own)),
        port(owned.empty() ? open : owned),
        traffic(Traffic::get(wanted.traffic)),
        source(traffic->source(frames_in_flight(wanted.port.options.slots, port.size()))),
        phases(tester_ends(port), *source,
               {.probe_every = wanted.probe_every,
                .series_interval = wanted.series_interval_seconds,
                .own_cpu = wanted.cpu >= 0,
                .pacing = wanted.pacing,
                .window = wanted.window,
                .give_up = kGiveUp,
                .timestamps = wanted.port.options.timestamps},
               stop, [this] { throw_if_broken(port); }) {
    check_frames(*traffic, wanted.port.options.max_frame);
  }

  const GeneratorEndConfig config;
  const PortQueues owned;
  const PortQueues& port;
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
    const bool is_own = port.namespace_of != 0;
    PortQueues own = is_own ? open_in_namespace(port) : PortQueues();
    auto trial = std::make_shared<Trial>(config, is_own ? own : port_.get(port), std::move(own), stop);
    trial->phases.prepare(config.warmup_seconds, config.traffic.rate);
    return trial;
  });
}

GeneratorEndResult GeneratorEnd::run(std::atomic<bool>& stop) {
  const std::shared_ptr<Trial> trial = std::move(trial_);
  if (trial == nullptr) throw UserError("NOT_PREPARED", "No trial was prepared.", "Prepare one first.");
  if (!trial->owned.empty()) over_ = trial;
  const GeneratorEndConfig& config = trial->config;
  pin_this_thread(config.cpu, "nicbench-gen");
  const std::uint64_t switches_before = involuntary_switches();
  const std::uint64_t lost_before = lost(trial->port);
  GeneratorEndResult result;
  static_cast<TesterFindings&>(result) = trial->phases.run(config.duration_seconds, config.traffic.rate);
  throw_if_stopped(stop);
  result.config = config;
  result.started_at = monotonic_seconds_at(result.phase.start);
  result.port = trial->port.front()->description();
  result.lost_at_port = lost(trial->port) - lost_before;
  result.involuntary_switches = involuntary_switches() - switches_before;
  result.generator_limited =
      config.traffic.rate > 0 ? fell_behind(result.phase.counts) : result.phase.blocked_share < kLeastBlocked;
  result.traffic_digest = trial->traffic->digest();
  return result;
}

ForwarderEnd::Running::Running(const PortQueues& open, const ForwarderConfig& config)
    : port(open), lost_before(lost(open)) {
  for (std::size_t i = 0; i < port.size(); ++i) {
    const int cpu = config.cpus[i];
    workers.emplace_back(PortDutEnd(*port[i]), forwarder, cpu, cpu >= 0 ? WhenIdle::kSpin : WhenIdle::kYield,
                         config.burst);
    shares.emplace_back(workers.back().thread());
  }
}

std::string ForwarderEnd::start(const ForwarderConfig& config) {
  stop();
  check_burst(config.burst);
  check_workers(config.cpus.size());
  HostPort wanted = config.port;
  wanted.options.queues = config.cpus.size();
  const PortQueues& port = port_.get(wanted);
  running_.emplace(port, config);
  return port.front()->description();
}

ForwarderCounts ForwarderEnd::counts() {
  if (!running_) throw UserError("NOT_STARTED", "No forwarder is running.", "Start one first.");
  throw_if_broken(running_->port);
  ForwarderCounts counts;
  counts.lost = lost(running_->port) - running_->lost_before;
  for (std::size_t i = 0; i < running_->workers.size(); ++i) {
    auto& worker = running_->workers[i];
    counts.frames += worker.counters().frames.get();
    counts.foreign += worker.counters().dropped.get();
    counts.wire_full += worker.counters().wire_full.get();
    counts.busy_ticks += worker.counters().busy_ticks.get();
    counts.total_ticks += worker.counters().total_ticks.get();
    counts.cpu_share = std::min(counts.cpu_share, running_->shares[i].now());
    running_->shares[i] = CpuShare(worker.thread());
  }
  return counts;
}

}  // namespace nicbench
