#include "softnic/rule_rate.h"

#include <algorithm>
#include <string>

#include "common/affinity.h"
#include "common/clock.h"
#include "common/trial_end.h"
#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr std::size_t kSample = 10'000;

void check(const RuleRateConfig& config) {
  if (config.batch == 0 || config.batch > RuleChanges::kMaxBatch) {
    throw UserError("BATCH", "A batch of " + std::to_string(config.batch) + " rules is not possible.", "Use 1 to 64.");
  }
  if (config.operations == 0) throw UserError("OPERATIONS", "A round has no operations.", "Use 1 or more.");
  if (config.operation == RuleOperation::kDelete && config.operations > config.rule_set.rules) {
    throw UserError("OPERATIONS", "There are fewer rules than should be deleted.", "Install more, or delete fewer.");
  }
  if (config.operation != RuleOperation::kInsert && config.rule_set.rules == 0) {
    throw UserError("OPERATIONS", "There are no rules to change.", "Install some.");
  }
}

class RateTrial {
 public:
  RateTrial(const RuleRateConfig& config, std::atomic<bool>& stop)
      : config_(config),
        stop_(stop),
        changes_(config.rule_set, {},
                 config.rule_set.rules + (config.operation == RuleOperation::kInsert ? config.operations : 0), 1) {}

  RuleRateResult run() {
    RuleRateResult result;
    result.installed = changes_.classifier().size();
    round(nullptr);  // warms up
    restore();
    const std::uint64_t switches = involuntary_switches();
    while (result.seconds < config_.seconds && !stop_.load(std::memory_order_relaxed)) {
      round(&result);
      restore();
    }
    result.involuntary_switches = involuntary_switches() - switches;
    result.bytes = changes_.classifier().memory();
    result.wrong = changes_.wrong(kSample);
    return result;
  }

 private:
  void round(RuleRateResult* result) {
    for (std::uint64_t done = 0; done < config_.operations && !stop_.load(std::memory_order_relaxed);) {
      const std::uint64_t count = std::min<std::uint64_t>(config_.batch, config_.operations - done);
      const std::uint64_t before = ticks();
      const std::uint64_t changed = changes_.change(config_.operation, count);
      const double seconds = static_cast<double>(ticks() - before) / ticks_per_second();
      done += count;
      if (result == nullptr) continue;
      result->operations += changed;
      result->refused += count - changed;
      result->seconds += seconds;
      result->latency.record(static_cast<std::uint64_t>(seconds * 1e9 / static_cast<double>(count)));
    }
  }

  void restore() {
    while (changes_.size() > config_.rule_set.rules) changes_.erase();
    while (changes_.size() < config_.rule_set.rules && changes_.insert()) {
    }
  }

  const RuleRateConfig& config_;
  std::atomic<bool>& stop_;
  RuleChanges changes_;
};

}  // namespace

RuleRateResult run_rule_rate(const RuleRateConfig& config, std::atomic<bool>& stop) {
  check(config);
  pin_this_thread(config.cpu, "nicbench-rules");
  return run_to_end(stop, "the rules of the trial", "Use fewer rules.", [&] { return RateTrial(config, stop).run(); });
}

}  // namespace nicbench
