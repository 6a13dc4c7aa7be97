#include "dataplane/rules_trial.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/affinity.h"
#include "common/trial_end.h"
#include "common/user_error.h"
#include "dataplane/forwarding_limits.h"
#include "dataplane/matched_flows.h"
#include "dataplane/port_wire.h"
#include "dataplane/rule_storm.h"
#include "dataplane/softnic_dut.h"

namespace nicbench {
namespace {

void check(const RulesTrialConfig& config) {
  check_burst(config.burst);
  check_window(config.window, config.ring_size);
  if (!config.storm || config.storm->kind == StormConfig::Kind::kRate) return;
  if (config.storm->at >= config.duration_seconds) {
    throw UserError("STORM", "The batch would come after the measured phase.",
                    "Use an earlier time, or longer trials.");
  }
}

// Specific rules that there will be at once.
std::uint64_t most_rules(const RulesTrialConfig& config) {
  if (!config.storm || config.storm->operation != RuleOperation::kInsert) return config.rule_set.rules;
  const StormConfig& storm = *config.storm;
  const double rate = storm.rate * config.duration_seconds;
  return config.rule_set.rules +
         (storm.kind == StormConfig::Kind::kBatch ? storm.size : static_cast<std::uint64_t>(rate));
}

// A core of its own that changes rules.
class StormThread {
 public:
  StormThread(RuleStorm& storm, int cpu, WhenIdle when_idle)
      : thread_([this, &storm, cpu, when_idle] {
          try {
            pin_this_thread(cpu, "nicbench-rules");
            while (!stop_.load(std::memory_order_relaxed)) {
              storm.step(ticks(), [] {});
              if (when_idle == WhenIdle::kYield) std::this_thread::sleep_for(std::chrono::microseconds(50));
              cpu_relax();
            }
          } catch (...) {
            error_ = std::current_exception();
          }
        }) {}
  ~StormThread() { end(); }

  // Throws what a change threw.
  void join() {
    end();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }

 private:
  void end() {
    stop_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }

  std::atomic<bool> stop_{false};
  std::exception_ptr error_;
  std::thread thread_;  // last: starts when all else is there
};

// The measured phase, as a storm and the counters see it.
template <class Dut>
class Phase {
 public:
  Phase(const Dut& dut, RuleStorm* storm, RuleTotals& totals)
      : dut_(dut), storm_(storm), totals_(totals), before_(dut.totals()) {
    if (storm_ != nullptr) storm_->begin(ticks());
  }
  ~Phase() {
    if (storm_ != nullptr) storm_->end();
    totals_ = dut_.totals() - before_;
  }
  Phase(const Phase&) = delete;
  Phase& operator=(const Phase&) = delete;

 private:
  const Dut& dut_;
  RuleStorm* storm_;
  RuleTotals& totals_;
  const RuleTotals before_;
};

RulesTrialResult run(const RulesTrialConfig& config, std::atomic<bool>& stop) {
  check(config);
  const auto traffic = Traffic::get(config.traffic);
  const auto source = traffic->source(frames_in_flight(config.ring_size));
  const std::uint64_t before_install = ticks();
  RuleChanges changes(config.rule_set, flows_to_match(config.traffic, config.match_share), most_rules(config), 1);
  RulesTrialResult result;
  result.install_seconds = static_cast<double>(ticks() - before_install) / ticks_per_second();
  result.rules_installed = changes.classifier().size();
  result.rules_bytes = changes.classifier().memory();

  std::optional<RuleStorm> storm;
  if (config.storm) storm.emplace(*config.storm, changes, config.duration_seconds);
  RuleStorm* const own = storm && config.storm->same_core ? &*storm : nullptr;
  Classifier& classifier = changes.classifier();
  std::exception_ptr broken;
  std::optional<FlowCache> cache;
  if (config.flow_cache) cache.emplace(config.rule_set.seed);
  SoftNicDut dut(classifier, cache ? &*cache : nullptr, changes.set().queues(), [&](std::uint64_t now) noexcept {
    if (own == nullptr || broken) return;
    try {
      own->step(now, [&] { classifier.quiesce(0); });
    } catch (...) {
      broken = std::current_exception();
    }
  });
  std::optional<StormThread> control;
  if (storm && own == nullptr) {
    control.emplace(*storm, config.control_cpu, config.control_cpu >= 0 ? WhenIdle::kSpin : WhenIdle::kYield);
  }
  RuleTotals totals;
  const auto during = [&] { return std::make_unique<Phase<decltype(dut)>>(dut, storm ? &*storm : nullptr, totals); };
  const auto measure = [&](auto& wire) {
    static_cast<ForwardingTrialResult&>(result) =
        measure_forwarding(config, *traffic, *source, wire, dut, during, stop);
  };
  classifier.join(0);
  if (config.wire == "ring") {
    RingEnds wire(config, source->buffers());
    measure(wire);
  } else {
    check_frames(*traffic, kMaxVethFrame);
    on_port_wire(config, measure);
  }
  classifier.leave(0);
  if (control) control->join();
  if (broken) std::rethrow_exception(broken);
  result.matched = totals.matched;
  result.caught = totals.caught;
  result.unmatched = totals.unmatched;
  result.stray = totals.stray;
  if (storm) result.storm = storm->result(result.phase.start);
  return result;
}

}  // namespace

RulesTrialResult run_rules_trial(const RulesTrialConfig& config, std::atomic<bool>& stop) {
  return run_to_end(stop, "the rules or frames of the trial", "Use fewer rules, fewer flows or a smaller ring.",
                    [&] { return run(config, stop); });
}

}  // namespace nicbench
