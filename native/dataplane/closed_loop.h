// The tracker alone, without wires and without a second thread for every worker: each worker makes its frames in its
// own memory and tracks them. Says what a core can do, how it scales over the cores of a machine, and where the time
// goes, free of what handing frames from core to core costs.
//
// The time of making frames is not counted: `work_ticks` is that of tracking and maintain() alone. Frames were just
// written when they are tracked, so that reading them costs little; on a wire it costs more.
//
// Every worker has its own table and its own flows (sharded).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/conntrack_trial.h"

namespace nicbench {

struct ClosedLoopConfig {
  std::string table;
  std::size_t capacity = 0;  // flows a worker; 0: as in ConntrackTrialConfig
  TrackerConfig tracker;
  TrafficConfig traffic;  // of each worker, with a seed of its own; rate is ignored
  double warmup_seconds = 0.5;
  double duration_seconds = 1;
  std::vector<int> cpus{-1};  // a worker for each; -1: not pinned
};

// Eight bursts with all their maintenance take less, unless maintenance is unlimited.
inline constexpr double kUndisturbed = 50e-6;  // seconds

struct ClosedLoopWorker {
  double seconds = 0;
  std::uint64_t frames = 0;
  std::uint64_t forwarded = 0;
  std::uint64_t work_ticks = 0;
  // The same without bursts that took more than kUndisturbed: those in which the host took the CPU away.
  std::uint64_t undisturbed_frames = 0;
  std::uint64_t undisturbed_ticks = 0;
  std::uint64_t longest_maintenance = 0;  // ticks
  std::uint64_t slow_maintenances = 0;    // that took more than 100 us, the host's interruptions included
  std::uint64_t live_flows = 0;
  std::uint64_t tracker_bytes = 0;
  TrackerTotals tracker;
};

// One result a worker; they measure at the same time. Throws UserError.
std::vector<ClosedLoopWorker> run_closed_loop(const ClosedLoopConfig& config);

}  // namespace nicbench
