#include "softnic/rule_rate.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>

#include "common/affinity.h"
#include "common/clock.h"
#include "common/together.h"
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
  const bool inserts = config.operation == RuleOperation::kInsert;
  const std::uint64_t shared = inserts ? config.operations : std::min(config.operations, config.rule_set.rules);
  if (config.cpus.empty() || config.cpus.size() > shared) {
    throw UserError("CONTROL_THREADS", std::to_string(config.cpus.size()) + " control threads do not all have a rule.",
                    "Use 1 or more, of no more than there are rules to change.");
  }
}

// One control thread in one round.
struct Round {
  std::uint64_t operations = 0, refused = 0, switches = 0;
  std::uint64_t busy = 0;             // ticks in batches
  std::uint64_t first = 0, last = 0;  // ticks() before the first batch and after the last
  Histogram latency;
};

class RateTrial {
 public:
  RateTrial(const RuleRateConfig& config, std::atomic<bool>& stop)
      : config_(config),
        stop_(stop),
        rules_(config.rule_set, {},
               config.rule_set.rules + (config.operation == RuleOperation::kInsert ? config.operations : 0), 1) {
    const std::size_t threads = config.cpus.size();
    for (std::size_t i = 0; i < threads; ++i) {
      shares_.push_back(std::make_unique<RuleChanges>(rules_, config.rule_set.rules, i, threads));
    }
  }

  RuleRateResult run() {
    RuleRateResult result;
    result.installed = rules_.classifier().size();
    round();  // warms up
    restore();
    while (result.seconds < config_.seconds && !stop_.load(std::memory_order_relaxed)) {
      add(round(), result);
      restore();
    }
    result.bytes = rules_.classifier().memory();
    const std::size_t there = rules_.classifier().size();
    result.wrong = std::max(there, result.installed) - std::min(there, result.installed) +
                   rules_.wrong(kSample, config_.rule_set.rules);
    return result;
  }

 private:
  // Of all control threads, at the same time.
  std::vector<Round> round() {
    std::vector<Round> rounds(shares_.size());
    run_together(config_.cpus, "nicbench-rules", [&](std::size_t thread) { change(thread, rounds[thread]); });
    return rounds;
  }

  // What one thread does.
  void change(std::size_t thread, Round& round) {
    const std::uint64_t operations = operations_of(thread), switches = involuntary_switches();
    for (std::uint64_t done = 0; done < operations && !stop_.load(std::memory_order_relaxed);) {
      const std::uint64_t count = std::min<std::uint64_t>(config_.batch, operations - done);
      const std::uint64_t before = ticks();
      const std::uint64_t changed = change_batch(thread, count);
      round.last = ticks();
      if (done == 0) round.first = before;
      const std::uint64_t took = round.last - before;
      done += count;
      round.operations += changed;
      round.refused += count - changed;
      round.busy += took;
      round.latency.record(scale_.to_ns(took) / count);
    }
    round.switches = involuntary_switches() - switches;
  }

  std::uint64_t change_batch(std::size_t thread, std::uint64_t count) {
    std::unique_lock turn(turn_, std::defer_lock);
    if (shares_.size() > 1) turn.lock();
    return shares_[thread]->change(config_.operation, count);
  }

  // Those of a round that fall to one thread: of its own rules, where they come or go.
  std::uint64_t operations_of(std::size_t thread) const noexcept {
    const RuleChanges& share = *shares_[thread];
    const std::uint64_t rules = config_.rule_set.rules;
    switch (config_.operation) {
      case RuleOperation::kInsert: return share.count_below(rules + config_.operations) - share.count_below(rules);
      case RuleOperation::kDelete: return share.count_below(rules) - share.count_below(rules - config_.operations);
      default: return share.count_below(config_.operations);
    }
  }

  void add(const std::vector<Round>& rounds, RuleRateResult& result) const {
    std::uint64_t first = ~std::uint64_t{0}, last = 0;
    for (const Round& round : rounds) {
      result.operations += round.operations;
      result.refused += round.refused;
      result.involuntary_switches += round.switches;
      result.latency.add(round.latency);
      if (round.latency.total() == 0) continue;
      first = std::min(first, round.first);
      last = std::max(last, round.last);
    }
    // Several are under way while one of them does what is not measured.
    const std::uint64_t took = rounds.size() == 1 ? rounds[0].busy : last - std::min(first, last);
    result.seconds += static_cast<double>(took) / ticks_per_second();
  }

  void restore() {
    for (const auto& share : shares_) {
      const std::uint64_t wanted = share->count_below(config_.rule_set.rules);
      while (share->size() > wanted) share->erase();
      while (share->size() < wanted && share->insert()) {
      }
    }
  }

  const RuleRateConfig& config_;
  std::atomic<bool>& stop_;
  const TickScale scale_;
  InstalledRules rules_;
  std::vector<std::unique_ptr<RuleChanges>> shares_;  // of each control thread
  std::mutex turn_;
};

}  // namespace

RuleRateResult run_rule_rate(const RuleRateConfig& config, std::atomic<bool>& stop) {
  check(config);
  if (config.cpus.size() == 1) pin_this_thread(config.cpus.front(), "nicbench-rules");
  return run_to_end(stop, "the rules of the trial", "Use fewer rules.", [&] { return RateTrial(config, stop).run(); });
}

}  // namespace nicbench
