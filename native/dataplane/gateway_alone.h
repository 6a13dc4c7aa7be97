// A gateway's tracker without a wire, in one thread (gateway_trial.h): opens connections, validates them, tears them
// down, and clocks the tracker's part of it.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <span>

#include "common/clock.h"
#include "dataplane/dut_check.h"
#include "dataplane/gateway_trial.h"

namespace nicbench {

template <class Tracker>
class GatewayAlone {
 public:
  GatewayAlone(Tracker& tracker, ConnectionSource& source, const DutCheck& check, const std::atomic<bool>& stop)
      : tracker_(tracker), source_(source), check_(check), stop_(stop) {}

  // All connections into the empty tracker, which is left with them.
  void open(GatewayTrialResult& result) {
    const TrackerTotals before = totals(tracker_.counters());
    const Pass pass = play(ConnectionSource::Play::kOpen, kBurst);
    add_phase(pass, before, result);
  }

  // One by one until the first is refused, or all are in.
  void open_until_refused(GatewayTrialResult& result) {
    const TrackerTotals before = totals(tracker_.counters());
    add_phase(play(ConnectionSource::Play::kOpen, 1), before, result);
  }

  // An answer for each connection that was established.
  void validate(GatewayTrialResult& result) {
    const std::uint64_t created = tracker_.counters().created.get();
    result.wrong += source_.wrong();  // until now; the next phase counts anew
    result.wrong += play(ConnectionSource::Play::kAnswer, kBurst).bad;
    result.wrong += source_.wrong();
    result.wrong += tracker_.counters().created.get() - created;  // an answer opens nothing
    result.answered += source_.answered();
  }

  void tear_down(GatewayTrialResult& result) {
    result.torn_down += tracker_.flows();
    const std::uint64_t started = ticks();
    tracker_.flush();
    result.tear_down_seconds += seconds(ticks() - started);
    result.left_over += tracker_.flows() + tracker_.ipv4().table().size();
  }

 private:
  struct Pass {
    std::uint64_t frames = 0;
    std::uint64_t bad = 0;
    std::uint64_t work_ticks = 0;
  };

  static double seconds(std::uint64_t work) { return static_cast<double>(work) / ticks_per_second(); }

  // Plays to the end, or with bursts of 1 to the first frame that is refused.
  Pass play(ConnectionSource::Play play, std::size_t burst_size) {
    source_.play(play);
    Pass pass;
    std::array<Frame, kBurst> burst;
    while (!stop_.load(std::memory_order_relaxed)) {
      const auto frames = std::span(burst).first(source_.next(std::span(burst).first(burst_size)));
      if (frames.empty()) break;
      const std::uint64_t started = ticks();
      const std::size_t kept = tracker_.process(frames, started);
      tracker_.maintain(started);
      pass.work_ticks += ticks() - started;
      pass.frames += frames.size();
      for (const Frame& frame : frames.first(kept)) pass.bad += !check_.good(frame);
      source_.received(frames.first(kept));
      source_.release(frames);
      if (burst_size == 1 && kept == 0) break;
    }
    return pass;
  }

  void add_phase(const Pass& pass, const TrackerTotals& before, GatewayTrialResult& result) {
    const TrackerTotals done = totals(tracker_.counters()) - before;
    ++result.rounds;
    result.offered += pass.frames;
    result.established += done.created;
    result.wrong += pass.bad;
    result.open_seconds += seconds(pass.work_ticks);
    result.tracker = result.tracker + done;
    result.live_flows = tracker_.flows();
  }

  Tracker& tracker_;
  ConnectionSource& source_;
  const DutCheck& check_;
  const std::atomic<bool>& stop_;
};

}  // namespace nicbench
