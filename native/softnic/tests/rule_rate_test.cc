#include "softnic/rule_rate.h"

#include <gtest/gtest.h>

#include <string>

#include "common/user_error.h"

namespace nicbench {
namespace {

RuleRateConfig config_of(RuleOperation operation) {
  RuleRateConfig config;
  config.rule_set.rules = 500;
  config.rule_set.tables = 1;
  config.operation = operation;
  config.operations = 100;
  config.seconds = 0.01;
  return config;
}

RuleRateResult run(const RuleRateConfig& config) {
  std::atomic<bool> stop{false};
  return run_rule_rate(config, stop);
}

std::string code_of(const RuleRateConfig& config) {
  try {
    run(config);
  } catch (const UserError& error) {
    EXPECT_FALSE(error.hint().empty()) << error.what();
    return error.code();
  }
  return "";
}

TEST(RuleRate, CountsWhatItDidAndLeavesNothingWrong) {
  for (const RuleOperation operation :
       {RuleOperation::kInsert, RuleOperation::kDelete, RuleOperation::kUpdate, RuleOperation::kReplace}) {
    RuleRateConfig config = config_of(operation);
    config.batch = 7;
    const RuleRateResult result = run(config);
    EXPECT_GE(result.operations, 100u);
    EXPECT_EQ(result.operations % 100, 0u);
    EXPECT_EQ(result.refused, 0u);
    EXPECT_EQ(result.wrong, 0u);
    EXPECT_EQ(result.installed, 502u);  // with the jump and the default rule
    EXPECT_GT(result.bytes, 0u);
    EXPECT_EQ(result.latency.total(), result.operations / 100 * 15);
    EXPECT_GE(result.seconds, config.seconds);
  }
}

// More threads than cores too, and shares of different sizes.
TEST(RuleRate, LetsSeveralThreadsChangeRulesOfOneTable) {
  for (const RuleOperation operation :
       {RuleOperation::kInsert, RuleOperation::kDelete, RuleOperation::kUpdate, RuleOperation::kReplace}) {
    for (const std::uint32_t batch : {1u, 7u}) {
      RuleRateConfig config = config_of(operation);
      config.rule_set.tables = 3;
      config.rule_set.actions = "queue/mark";
      config.batch = batch;
      config.cpus = {-1, -1, -1};
      const RuleRateResult result = run(config);
      EXPECT_GE(result.operations, 100u);
      EXPECT_EQ(result.operations % 100, 0u);
      EXPECT_EQ(result.refused, 0u);
      EXPECT_EQ(result.wrong, 0u);
      EXPECT_EQ(result.installed, 504u);
      EXPECT_EQ(result.latency.total(), result.operations / 100 * (batch == 1 ? 100 : 5 + 5 + 5));
      EXPECT_GE(result.seconds, config.seconds);
    }
  }
}

TEST(RuleRate, TellsFromThreadsThatThereIsNoSuchCpu) {
  RuleRateConfig config = config_of(RuleOperation::kUpdate);
  config.cpus = {-1, 100'000};
  EXPECT_EQ(code_of(config), "CPU_UNAVAILABLE");
}

TEST(RuleRate, CountsRefusalsOfAFullTable) {
  RuleRateConfig config = config_of(RuleOperation::kInsert);
  config.rule_set.capacity = 551;  // with the default rule
  const RuleRateResult result = run(config);
  EXPECT_EQ(result.refused, result.operations);
  EXPECT_EQ(result.wrong, 0u);
}

TEST(RuleRate, RefusesWhatItCannotDo) {
  RuleRateConfig config = config_of(RuleOperation::kInsert);
  config.batch = 65;
  EXPECT_EQ(code_of(config), "BATCH");
  config = config_of(RuleOperation::kDelete);
  config.operations = 501;
  EXPECT_EQ(code_of(config), "OPERATIONS");
  config = config_of(RuleOperation::kUpdate);
  config.rule_set.rules = 0;
  EXPECT_EQ(code_of(config), "OPERATIONS");
  config = config_of(RuleOperation::kDelete);
  config.operations = 1;
  config.cpus = {-1, -1};
  EXPECT_EQ(code_of(config), "CONTROL_THREADS");
  config = config_of(RuleOperation::kInsert);
  config.rule_set.capacity = 5;
  EXPECT_EQ(code_of(config), "RULES_FULL");
}

}  // namespace
}  // namespace nicbench
