#include "dataplane/closed_loop.h"

#include <algorithm>
#include <array>
#include <barrier>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <thread>

#include "common/affinity.h"
#include "common/clock.h"
#include "common/user_error.h"
#include "dataplane/burst_pipeline.h"
#include "dataplane/connection_tracker.h"
#include "dataplane/tracker_config.h"
#include "hashtables/registry.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

// Frames made before the clock runs. The tracker overlaps their bursts, and begins and ends that within them: what it
// gains while frames are made would be gained for nothing.
constexpr std::size_t kBatch = 8 * kBurst;
constexpr std::size_t kBuffers = 2 * kBatch;
constexpr double kSlowMaintenance = 100e-6;  // seconds
constexpr std::size_t kMinCapacity = 64;

// One worker's run: learn all flows, warm up, wait for the others, measure.
template <class Tracker>
class Loop {
 public:
  Loop(Tracker& tracker, FrameSource& source) : tracker_(tracker), source_(source) {}

  void learn() {
    source_.rewind();
    std::array<Frame, kBurst> burst;
    for (std::size_t count = source_.next_learning(burst); count > 0; count = source_.next_learning(burst)) {
      tracker_.process(std::span(burst).first(count), ticks());
      source_.release(std::span(burst).first(count));
    }
    source_.rewind();
    start_ = ticks();
  }

  ClosedLoopWorker run(double seconds) {
    const double per_second = ticks_per_second();
    const std::uint64_t begin = ticks(), end = begin + static_cast<std::uint64_t>(seconds * per_second);
    const auto undisturbed = static_cast<std::uint64_t>(kUndisturbed * per_second);
    const auto slow = static_cast<std::uint64_t>(kSlowMaintenance * per_second);
    const TrackerTotals before = totals(tracker_.counters());
    ClosedLoopWorker result;
    BurstPipeline pipeline(tracker_);
    for (std::uint64_t now = begin; now < end; now = ticks()) {
      source_.advance(static_cast<double>(now - start_) / per_second);
      const auto frames = std::span(frames_).first(source_.next(frames_));
      const std::uint64_t started = ticks();
      result.forwarded += track(frames, pipeline, slow, result);
      const std::uint64_t worked = ticks() - started;
      source_.release(frames);
      result.frames += frames.size();
      result.work_ticks += worked;
      if (worked < undisturbed) {
        result.undisturbed_frames += frames.size();
        result.undisturbed_ticks += worked;
      }
    }
    result.seconds = static_cast<double>(ticks() - begin) / per_second;
    result.tracker = totals(tracker_.counters()) - before;
    result.live_flows = tracker_.flows();
    return result;
  }

 private:
  // Returns how many were forwarded.
  std::size_t track(std::span<const Frame> frames, BurstPipeline<Tracker>& pipeline, std::uint64_t slow,
                    ClosedLoopWorker& result) noexcept {
    std::size_t forwarded = 0;
    for (auto rest = frames;;) {
      const auto burst = rest.first(std::min(kBurst, rest.size()));
      std::copy(burst.begin(), burst.end(), pipeline.room().begin());
      const std::uint64_t begin = ticks();
      forwarded += pipeline.step(burst.size(), begin).kept;
      const std::uint64_t processed = ticks();
      tracker_.maintain(processed);
      const std::uint64_t maintenance = ticks() - processed;
      result.longest_maintenance = std::max(result.longest_maintenance, maintenance);
      result.slow_maintenances += maintenance > slow;
      if (burst.empty()) return forwarded;  // which finished the last one
      rest = rest.subspan(burst.size());
    }
  }

  Tracker& tracker_;
  FrameSource& source_;
  std::array<Frame, kBatch> frames_;
  std::uint64_t start_ = 0;
};

ClosedLoopWorker run_worker_alone(const ClosedLoopConfig& config, std::size_t number, std::barrier<>& together) {
  TrafficConfig traffic_config = config.traffic;
  traffic_config.seed += number;
  const auto traffic = Traffic::get(traffic_config);
  const auto source = traffic->source(kBuffers);
  const double seconds = config.warmup_seconds + config.duration_seconds;
  const auto options = [&](std::size_t flows) {
    const std::size_t fitting = flows_to_hold(config.tracker, flows, traffic_config.new_flows, seconds);
    const std::size_t capacity = flows == 0 ? 0 : config.capacity != 0 ? config.capacity : fitting;
    return TableOptions{std::max(capacity, kMinCapacity), traffic_config.seed, true};
  };
  return with_table(config.table, [&](auto tag) {
    using Table4 = typename decltype(tag)::template Table<FiveTuple4, FlowRef>;
    using Table6 = typename decltype(tag)::template Table<FiveTuple6, FlowRef>;
    using Tracker = ConnectionTracker<Table4, Table6>;
    TrackerMemory<Table4, Table6> memory(options(source->ipv4_flows()), options(source->ipv6_flows()),
                                         config.tracker.check_windows, entries_per_flow(config.tracker));
    TrackerOptions tracking = tracker_options(config.tracker, traffic_config.seed, ticks_per_second(), ticks());
    if (traffic_config.pcap.empty()) serve_generated(tracking);
    const auto tracker = std::make_unique<Tracker>(memory, tracking);
    Loop<Tracker> loop(*tracker, *source);
    loop.learn();
    together.arrive_and_wait();
    loop.run(config.warmup_seconds);
    ClosedLoopWorker result = loop.run(config.duration_seconds);
    result.tracker_bytes = memory.bytes() + tracker->ipv4().memory() + tracker->ipv6().memory();
    return result;
  });
}

}  // namespace

std::vector<ClosedLoopWorker> run_closed_loop(const ClosedLoopConfig& config) {
  check(config.tracker);
  if (config.cpus.empty()) throw UserError("NO_WORKERS", "A closed loop needs a worker.", "Name one CPU or more.");
  std::vector<ClosedLoopWorker> results(config.cpus.size());
  std::vector<std::exception_ptr> errors(config.cpus.size());
  std::barrier together(static_cast<std::ptrdiff_t>(config.cpus.size()));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < config.cpus.size(); ++i) {
    threads.emplace_back([&, i] {
      try {
        pin_this_thread(config.cpus[i], "nicbench-loop");
        results[i] = run_worker_alone(config, i, together);
      } catch (const std::invalid_argument& error) {
        errors[i] = std::make_exception_ptr(
            UserError("UNKNOWN_TABLE", error.what(), "`nicbench list tables` shows the tables of this build."));
      } catch (...) {
        errors[i] = std::current_exception();
      }
      if (errors[i]) together.arrive_and_drop();
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : errors) {
    if (error) std::rethrow_exception(error);
  }
  return results;
}

}  // namespace nicbench
