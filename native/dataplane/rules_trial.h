// One trial of the experiments `rules.occupancy` and `rules.storm` in one process: a tester and the software NIC with
// its application on pinned threads, joined by a wire as in `forwarding`; and, in a storm, who changes rules meanwhile.
//
// The NIC's classifier looks at each frame, and the application behind its queues exchanges the MAC addresses and sends
// the frame back, on one core, as in NICBench (PAM 2021).
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>

#include "dataplane/forwarding_trial.h"
#include "softnic/rule_changes.h"

namespace nicbench {

struct StormConfig {
  enum class Kind : std::uint8_t { kBatch, kRate };
  Kind kind = Kind::kBatch;
  RuleOperation operation = RuleOperation::kInsert;
  std::uint64_t size = 0;  // batch: changes, all at once
  double at = 0;           // batch: seconds into the measured phase
  double rate = 0;         // rate: changes a second, in min(1000, rate) ticks a second as NICBench's
  bool same_core = false;  // the core that forwards makes them between two bursts; else a thread of their own
};

struct RulesTrialConfig : ForwardingTrialConfig {
  RuleSetConfig rule_set;
  bool flow_cache = true;
  double match_share = 0;  // of the traffic's flows, that specific rules match
  std::optional<StormConfig> storm;
  int control_cpu = -1;  // -1: not pinned
};

struct StormResult {
  std::uint64_t intended = 0;
  std::uint64_t done = 0;
  std::uint64_t refused = 0;  // the group was full, or there was no rule left
  double first_seconds = 0;   // from the start of the measured phase to the beginning of the first change
  double seconds = 0;         // from the first change to the end of the last
  Histogram latency;          // ns of each change
};

struct RulesTrialResult : ForwardingTrialResult {
  std::uint64_t rules_installed = 0;
  double install_seconds = 0;
  std::uint64_t rules_bytes = 0;
  // Frames of the measured phase by what took them.
  std::uint64_t matched = 0;
  std::uint64_t caught = 0;     // by a default rule
  std::uint64_t unmatched = 0;  // by no rule: dropped
  std::uint64_t stray = 0;      // to a queue that no rule names
  std::optional<StormResult> storm;
};

// Runs to the end, or until `stop` is set: then throws UserError STOPPED.
// Throws UserError for bad parameters, and RULES_FULL.
RulesTrialResult run_rules_trial(const RulesTrialConfig& config, std::atomic<bool>& stop);

}  // namespace nicbench
