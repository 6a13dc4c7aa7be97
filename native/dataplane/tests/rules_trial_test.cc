// Whole trials on two or three threads. They check what is counted, never how fast it was.
#include "dataplane/rules_trial.h"

#include <gtest/gtest.h>

#include <string>

#include "common/user_error.h"
#include "io/tests/wire_names.h"

namespace nicbench {
namespace {

RulesTrialConfig small_trial() {
  RulesTrialConfig config;
  config.traffic.flows = 500;
  config.warmup_seconds = 0.02;
  config.duration_seconds = 0.15;
  config.probe_every = 8;
  config.rule_set.rules = 2000;
  return config;
}

RulesTrialResult run(const RulesTrialConfig& config) {
  std::atomic<bool> stop{false};
  return run_rules_trial(config, stop);
}

void expect_sound(const RulesTrialResult& result) {
  const TesterCounts& counts = result.phase.counts;
  EXPECT_GT(counts.received, 0u);
  EXPECT_EQ(counts.sent, counts.received + counts.wire_full + result.dut_wire_full);
  EXPECT_EQ(counts.bad + result.learning_bad, 0u);
  EXPECT_EQ(result.unmatched, 0u);
  EXPECT_EQ(result.stray, 0u);
  EXPECT_EQ(result.matched + result.caught, result.dut_frames);
}

TEST(RulesTrial, SendsTheTrafficToTheDefaultRule) {
  for (const std::uint16_t tables : {0, 1, 8}) {
    RulesTrialConfig config = small_trial();
    config.rule_set.tables = tables;
    const RulesTrialResult result = run(config);
    expect_sound(result);
    EXPECT_EQ(result.matched, 0u);
    EXPECT_EQ(result.rules_installed, tables == 0 ? 2001u : 2001u + tables);
    EXPECT_GT(result.rules_bytes, 0u);
  }
}

TEST(RulesTrial, MatchesTheShareOfFlowsThatWasAskedFor) {
  for (const double share : {0.5, 1.0}) {
    RulesTrialConfig config = small_trial();
    config.match_share = share;
    const RulesTrialResult result = run(config);
    expect_sound(result);
    const double matched = static_cast<double>(result.matched) / static_cast<double>(result.dut_frames);
    EXPECT_NEAR(matched, share, 0.05);
  }
}

TEST(RulesTrial, ChangesRulesWhileItForwards) {
  for (const bool same_core : {false, true}) {
    for (const RuleOperation operation :
         {RuleOperation::kInsert, RuleOperation::kDelete, RuleOperation::kUpdate, RuleOperation::kReplace}) {
      RulesTrialConfig config = small_trial();
      config.match_share = 1;
      config.rule_set.actions = "queue/mark";
      config.storm = StormConfig{
          .kind = StormConfig::Kind::kBatch, .operation = operation, .size = 1500, .at = 0.05, .same_core = same_core};
      const RulesTrialResult batch = run(config);
      expect_sound(batch);
      ASSERT_TRUE(batch.storm);
      EXPECT_EQ(batch.storm->intended, 1500u);
      EXPECT_EQ(batch.storm->done, 1500u);
      EXPECT_EQ(batch.storm->latency.total(), 1500u);
      EXPECT_GT(batch.storm->seconds, 0);

      config.storm->kind = StormConfig::Kind::kRate;
      config.storm->rate = 5000;
      const RulesTrialResult rate = run(config);
      expect_sound(rate);
      EXPECT_EQ(rate.storm->intended, 750u);
      EXPECT_LE(rate.storm->done, 750u);
      EXPECT_GT(rate.storm->done, 0u);
    }
  }
}

TEST(RulesTrial, ForwardsOverAWireOfTheKernelAsOverTheRing) {
  if (const auto missing = missing_namespace()) GTEST_SKIP() << *missing;
  RulesTrialConfig config = small_trial();
  config.wire = "af_packet";
  config.match_share = 1;
  config.rule_set.masks = kMaxMasks;
  const RulesTrialResult result = run(config);
  EXPECT_GT(result.phase.counts.received, 0u);
  EXPECT_EQ(result.phase.counts.bad + result.unmatched + result.stray, 0u);
  EXPECT_GT(result.matched, 0u);
  EXPECT_EQ(result.matched + result.caught, result.dut_frames);
}

TEST(RulesTrial, CountsChangesThatAFullTableRefuses) {
  RulesTrialConfig config = small_trial();
  config.rule_set.capacity = 2011;  // with the default rule
  config.storm = StormConfig{.operation = RuleOperation::kInsert, .size = 100, .at = 0.05};
  const RulesTrialResult result = run(config);
  expect_sound(result);
  EXPECT_EQ(result.storm->done, 10u);
  EXPECT_EQ(result.storm->refused, 90u);
}

TEST(RulesTrial, DropsWhatARuleSaysToDrop) {
  RulesTrialConfig config = small_trial();
  config.match_share = 0.5;
  config.rule_set.actions = "drop";
  config.traffic.rate = 20'000;
  const RulesTrialResult result = run(config);
  EXPECT_EQ(result.dut_foreign, result.matched);
  EXPECT_EQ(result.unmatched, 0u);
}

TEST(RulesTrial, RefusesWhatItCannotDo) {
  const auto code_of = [](const RulesTrialConfig& config) -> std::string {
    try {
      run(config);
    } catch (const UserError& error) {
      EXPECT_FALSE(error.hint().empty()) << error.what();
      return error.code();
    }
    return "";
  };
  RulesTrialConfig config = small_trial();
  config.wire = "string";
  EXPECT_EQ(code_of(config), "WIRE_UNKNOWN");
  config = small_trial();
  config.match_share = 2;
  EXPECT_EQ(code_of(config), "MATCH_SHARE");
  config = small_trial();
  config.storm = StormConfig{.size = 10, .at = 1};
  EXPECT_EQ(code_of(config), "STORM");
  config = small_trial();
  config.rule_set.capacity = 100;
  EXPECT_EQ(code_of(config), "RULES_FULL");
}

}  // namespace
}  // namespace nicbench
