// rules-bench: what rules, and changes of rules, cost the software NIC: every case beside the same NIC without them,
// in turns.
//
//   rules-bench [rounds] [seconds a trial] [generator's CPU] [DUT's CPU]
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/user_error.h"
#include "dataplane/rules_trial.h"

namespace nicbench {
namespace {

struct Case {
  std::string name;
  std::size_t beside;  // the case that it is compared with
  RulesTrialConfig config;
  std::vector<double> rates{};  // frames/s, a round each
  RulesTrialResult last{};
};

RulesTrialConfig with_rules(const RulesTrialConfig& base, std::uint64_t rules, std::uint16_t tables, double share) {
  RulesTrialConfig config = base;
  config.rule_set.rules = rules;
  config.rule_set.tables = tables;
  config.match_share = share;
  return config;
}

RulesTrialConfig with_masks(RulesTrialConfig config, double share, bool cache) {
  config.rule_set.rules = 100'000;
  config.rule_set.masks = kMaxMasks;
  config.match_share = share;
  config.flow_cache = cache;
  return config;
}

RulesTrialConfig without_cache(RulesTrialConfig config) {
  config.flow_cache = false;
  return config;
}

RulesTrialConfig with_storm(RulesTrialConfig config, RuleOperation operation, double rate, bool same_core) {
  config.storm =
      StormConfig{.kind = StormConfig::Kind::kRate, .operation = operation, .rate = rate, .same_core = same_core};
  return config;
}

std::vector<Case> all_cases(const RulesTrialConfig& base) {
  constexpr std::uint64_t kMany = 1'000'000;
  const RulesTrialConfig many = with_rules(base, kMany, 1, 0);
  constexpr std::size_t kNone = 0, kQuiet = 3;
  return {
      {"no rule", kNone, with_rules(base, 0, 0, 0)},
      {"10k, table 0", kNone, with_rules(base, 10'000, 0, 0)},
      {"1M, table 0", kNone, with_rules(base, kMany, 0, 0)},
      {"1M, table 1", kNone, many},
      {"1M, 8 tables", kNone, with_rules(base, kMany, 8, 0)},
      {"1M, table 0, all match", kNone, with_rules(base, kMany, 0, 1)},
      {"1M, 8 tables, no cache", kNone, without_cache(with_rules(base, kMany, 8, 0))},
      {"100k, 8 masks", kNone, with_masks(base, 0, true)},
      {"100k, 8 masks, no cache", kNone, with_masks(base, 0, false)},
      {"100k, 8 masks, match", kNone, with_masks(base, 1, true)},
      {"100k, 8 masks, match, no cache", kNone, with_masks(base, 1, false)},
      {"updates 500k/s, same core", kQuiet, with_storm(many, RuleOperation::kUpdate, 5e5, true)},
      {"updates 500k/s, other core", kQuiet, with_storm(many, RuleOperation::kUpdate, 5e5, false)},
      {"replacing 500k/s, same core", kQuiet, with_storm(many, RuleOperation::kReplace, 5e5, true)},
      {"inserts 500k/s, same core", kQuiet, with_storm(many, RuleOperation::kInsert, 5e5, true)},
      {"inserts at most, other core", kQuiet, with_storm(many, RuleOperation::kInsert, 1e7, false)},
  };
}

void report(const std::vector<Case>& cases) {
  std::printf("%-30s %8s  %-22s %s\n", "rules", "Mframe/s", "beside its base", "changes/s");
  for (const Case& one : cases) {
    std::vector<double> ratios, rates = one.rates;
    for (std::size_t i = 0; i < rates.size(); ++i) ratios.push_back(rates[i] / cases[one.beside].rates[i]);
    std::sort(ratios.begin(), ratios.end());
    std::sort(rates.begin(), rates.end());
    std::printf("%-30s %8.2f  %.2f (%.2f to %.2f)", one.name.c_str(), rates[rates.size() / 2] / 1e6,
                ratios[ratios.size() / 2], ratios.front(), ratios.back());
    if (one.last.storm) {
      const StormResult& storm = *one.last.storm;
      std::printf("    %.2f M, %.0f %% of those intended", static_cast<double>(storm.done) / storm.seconds / 1e6,
                  100.0 * static_cast<double>(storm.done) / static_cast<double>(storm.intended));
    }
    if (one.last.generator_limited) std::printf("  (generator-limited)");
    if (one.last.unmatched + one.last.stray != 0) std::printf("  WRONG: frames that no rule took");
    std::printf("\n");
  }
}

int run(int argc, char** argv) {
  const auto argument = [&](int i, double otherwise) { return argc > i ? std::atof(argv[i]) : otherwise; };
  const auto rounds = static_cast<std::size_t>(argument(1, 7));
  RulesTrialConfig base;
  base.traffic.flows = 10'000;
  base.warmup_seconds = 0.05;
  base.duration_seconds = argument(2, 0.3);
  base.generator_cpu = static_cast<int>(argument(3, 0));
  base.dut_cpus = {static_cast<int>(argument(4, 1))};
  base.rule_set.match = "eth/ipv4/udp";
  std::vector<Case> cases = all_cases(base);
  std::atomic<bool> stop{false};
  for (std::size_t round = 0; round < rounds; ++round) {
    for (Case& one : cases) {
      one.last = run_rules_trial(one.config, stop);
      const PhaseResult& phase = one.last.phase;
      one.rates.push_back(static_cast<double>(phase.counts.received) / phase.seconds);
    }
  }
  report(cases);
  return 0;
}

}  // namespace
}  // namespace nicbench

int main(int argc, char** argv) {
  try {
    return nicbench::run(argc, argv);
  } catch (const nicbench::UserError& error) {
    std::fprintf(stderr, "%s\n%s\n", error.what(), error.hint().c_str());
    return 1;
  }
}
