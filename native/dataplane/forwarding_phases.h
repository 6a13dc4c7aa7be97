// The tester's end of a trial of `forwarding`: learning and warm-up, then the measured phase.
#pragma once

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "common/user_error.h"
#include "dataplane/dut_check.h"
#include "dataplane/dut_thread.h"
#include "dataplane/tracker_options.h"
#include "trafficgen/tester.h"

namespace nicbench {

// What one such end found.
struct TesterFindings {
  PhaseResult phase;
  Histogram latency;
  std::vector<SeriesRow> series;
  std::uint64_t learning_bad = 0;
  double generator_cpu_share = 1;  // of the measured phase's time
};

// End: as for Tester; one for each queue. Threads: prepare() and run() may be called by different ones, one after the
// other.
template <class End>
class ForwardingPhases {
 public:
  // throw_fault: throws UserError if the wire broke.
  ForwardingPhases(std::vector<End> ends, FrameSource& source, const TesterOptions& options,
                   const std::atomic<bool>& stop, std::function<void()> throw_fault)
      : check_(forward(), source.verifiable()),
        tester_(std::move(ends), source, check_, options, stop),
        stop_(stop),
        throw_fault_(std::move(throw_fault)) {}

  // Throws UserError: what broke the wire, WIRE_STALLED, NO_FRAMES.
  void prepare(double warmup_seconds, double rate) {
    const TesterCounts learnt = checked(tester_.learn()).counts;
    if (learnt.received == 0 && !stop_.load()) {
      throw UserError("NO_FRAMES", "None of " + std::to_string(learnt.sent) + " frames came back while learning.",
                      "Check that the ports of generator and DUT are on one wire, and that nothing filters it.");
    }
    learning_bad_ = learnt.bad;
    if (warmup_seconds > 0) checked(tester_.run(warmup_seconds, rate));
  }

  // Throws as prepare() does.
  TesterFindings run(double seconds, double rate) {
    const CpuShare share(pthread_self());
    TesterFindings findings;
    findings.phase = checked(tester_.run(seconds, rate));
    findings.generator_cpu_share = share.now();
    findings.latency = tester_.latency();
    findings.series = tester_.series();
    findings.learning_bad = learning_bad_;
    return findings;
  }

 private:
  static TrackerOptions forward() {
    TrackerOptions options;
    options.use = Use::kForward;
    return options;
  }

  PhaseResult checked(PhaseResult result) const {
    throw_fault_();
    if (!result.stalled) return result;
    throw UserError("WIRE_STALLED", "No frame came through the wire for seconds, and neither end says why.",
                    "See what the kernel says: dmesg");
  }

  const DutCheck check_;
  Tester<End> tester_;
  const std::atomic<bool>& stop_;
  const std::function<void()> throw_fault_;
  std::uint64_t learning_bad_ = 0;
};

}  // namespace nicbench
