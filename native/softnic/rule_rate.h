// How fast do rules change, without traffic: one trial of the experiment `rules.rate`.
//
// Several control threads each change a share of the rules at the same time. The classifier has room for one at a time,
// so that they take turns: a lock around each batch, as DPDK takes one for drivers whose rules are not thread-safe
// (RTE_ETH_DEV_FLOW_OPS_THREAD_SAFE). Waiting for it is part of what a change takes.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "common/histogram.h"
#include "softnic/rule_changes.h"

namespace nicbench {

struct RuleRateConfig {
  RuleSetConfig rule_set;  // what is installed when the clock starts
  RuleOperation operation = RuleOperation::kInsert;
  std::uint64_t operations = 0;  // of a round; insert: rules added to those there; delete: removed from them
  std::uint32_t batch = 32;      // rules that the classifier is told of at once, 1 to 64
  double seconds = 1;            // rounds are repeated for so long, each from the same state
  std::vector<int> cpus{-1};     // of each control thread; -1: any
};

struct RuleRateResult {
  std::uint64_t operations = 0;
  double seconds = 0;  // of the batches; with several threads, from the first of a round to its last
  std::uint64_t refused = 0;
  std::uint64_t wrong = 0;  // rules too many or too few afterwards, and of a sample those that do not what they should
  std::uint64_t installed = 0;  // when the clock started
  std::uint64_t bytes = 0;
  Histogram latency;  // ns a rule: of a batch, divided by its rules
  std::uint64_t involuntary_switches = 0;
};

// Runs to the end, or until `stop` is set: then throws UserError STOPPED.
// Throws UserError for bad parameters, RULES_FULL and OUT_OF_MEMORY.
RuleRateResult run_rule_rate(const RuleRateConfig& config, std::atomic<bool>& stop);

}  // namespace nicbench
