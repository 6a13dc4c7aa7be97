// Changes of rules at their times: all at once, or at a rate.
//
// Called again and again with the time, by the core that forwards or by one of its own. What is due and was not yet
// made is made at once, so that a rate is kept on average; a core that cannot keep it makes fewer changes than
// intended, which is a result.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "common/clock.h"
#include "dataplane/rules_trial.h"

namespace nicbench {

class RuleStorm {
 public:
  // seconds: of the measured phase.
  RuleStorm(const StormConfig& config, RuleChanges& changes, double seconds)
      : config_(config),
        changes_(changes),
        ticks_a_second_(ticks_per_second()),
        intended_(config.kind == StormConfig::Kind::kBatch ? config.size
                                                           : static_cast<std::uint64_t>(config.rate * seconds)),
        steps_a_second_(std::min(1000.0, config.rate)) {}

  // The measured phase begins, at a time of ticks(); ends.
  void begin(std::uint64_t now) noexcept { start_.store(now, std::memory_order_release); }
  void end() noexcept { start_.store(0, std::memory_order_release); }

  // Makes what is due. between_changes() is called before each change.
  template <class F>
  void step(std::uint64_t now, F&& between_changes) {
    const std::uint64_t start = start_.load(std::memory_order_acquire);
    if (start == 0 || now < start || tried_ == intended_) return;
    const std::uint64_t due = due_after(static_cast<double>(now - start) / ticks_a_second_);
    while (tried_ < due && start_.load(std::memory_order_relaxed) != 0) {
      between_changes();
      change(due - tried_ - 1);
    }
  }

  // After the last step. start: of the measured phase, as the tester had it, in ticks().
  StormResult result(std::uint64_t start) const {
    StormResult result;
    result.intended = intended_;
    result.done = done_;
    result.refused = tried_ - done_;
    if (tried_ != 0) {
      result.first_seconds = static_cast<double>(static_cast<std::int64_t>(first_ - start)) / ticks_a_second_;
      result.seconds = static_cast<double>(last_ - first_) / ticks_a_second_;
    }
    result.latency = latency_;
    return result;
  }

 private:
  std::uint64_t due_after(double seconds) const noexcept {
    if (config_.kind == StormConfig::Kind::kBatch) return seconds >= config_.at ? intended_ : 0;
    // Each tick's share is due at its beginning.
    const double tick = static_cast<double>(static_cast<std::uint64_t>(seconds * steps_a_second_) + 1);
    return std::min(intended_, static_cast<std::uint64_t>(tick * config_.rate / steps_a_second_));
  }

  // One; so many are due after it.
  void change(std::uint64_t following) {
    const std::uint64_t before = ticks();
    done_ += changes_.change(config_.operation, 1, following);
    last_ = ticks();
    if (tried_++ == 0) first_ = before;
    latency_.record(static_cast<std::uint64_t>(static_cast<double>(last_ - before) / ticks_a_second_ * 1e9));
  }

  const StormConfig config_;
  RuleChanges& changes_;
  const double ticks_a_second_;
  const std::uint64_t intended_;
  const double steps_a_second_;
  std::atomic<std::uint64_t> start_{0};
  std::uint64_t tried_ = 0, done_ = 0, first_ = 0, last_ = 0;
  Histogram latency_;
};

}  // namespace nicbench
