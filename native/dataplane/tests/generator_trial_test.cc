// The generator alone, on the ring and on every wire that this machine has. Nothing is said of how fast it was.
#include "dataplane/generator_trial.h"

#include <gtest/gtest.h>

#include <string>

#include "common/user_error.h"
#include "dataplane/tests/trial_wires.h"

namespace nicbench {
namespace {

GeneratorTrialConfig config_on(const std::string& wire) {
  GeneratorTrialConfig config;
  config.wire = wire;
  config.traffic.flows = 500;
  config.warmup_seconds = 0.02;
  config.duration_seconds = 0.1;
  return config;
}

GeneratorTrialResult run(const GeneratorTrialConfig& config) {
  std::atomic<bool> stop{false};
  return run_generator_trial(config, stop);
}

using GeneratorTrial = TrialOnWire;

TEST_P(GeneratorTrial, SendsWithoutAnyoneWhoSendsBack) {
  const GeneratorTrialResult result = run(config_on(GetParam()));
  EXPECT_GT(result.phase.counts.sent, 0u);
  EXPECT_EQ(result.phase.counts.received, 0u);
  EXPECT_FALSE(result.phase.lost_track || result.phase.stalled);
  EXPECT_EQ(result.phase.pacing.send().total(), 0u);
  EXPECT_GT(result.clock_read_ns, 0);
}

TEST_P(GeneratorTrial, KnowsTheErrorOfEveryFrameOfARate) {
  GeneratorTrialConfig config = config_on(GetParam());
  config.traffic.rate = 20'000;
  const GeneratorTrialResult result = run(config);
  EXPECT_EQ(result.phase.counts.intended, 2000u);
  EXPECT_EQ(result.phase.pacing.send().total(), result.phase.counts.sent);
}

INSTANTIATE_TEST_SUITE_P(Wires, GeneratorTrial, ::testing::ValuesIn(trial_wires()), test_name);

TEST(GeneratorTrialErrors, NamesAWireThatThereIsNot) {
  if (const auto missing = missing_namespace()) GTEST_SKIP() << *missing;
  try {
    run(config_on("carrier-pigeon"));
    FAIL() << "ran";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "WIRE_UNKNOWN");
  }
}

}  // namespace
}  // namespace nicbench
