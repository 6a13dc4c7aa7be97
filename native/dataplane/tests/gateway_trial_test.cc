// Whole trials of a gateway. They check what is counted, never how fast it was.
#include "dataplane/gateway_trial.h"

#include <gtest/gtest.h>

#include "common/user_error.h"
#include "hashtables/registry.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kConnections = 20'000;

GatewayTrialConfig config(GatewayTest test, Use use = Use::kTrack, const char* table = "cuckoo") {
  GatewayTrialConfig result;
  result.table = table;
  result.test = test;
  result.capacity = kConnections;
  result.traffic.connections = kConnections;
  result.tracker.use = use;
  result.tracker.replies = Replies::kHere;
  result.tracker.nat_addresses = 4;
  result.duration_seconds = 0.001;
  return result;
}

GatewayTrialResult run(const GatewayTrialConfig& trial) {
  std::atomic<bool> stop{false};
  return run_gateway_trial(trial, stop);
}

void expect_all_established(const GatewayTrialResult& result) {
  EXPECT_GT(result.rounds, 0u);
  EXPECT_EQ(result.offered, result.rounds * kConnections);
  EXPECT_EQ(result.established, result.offered);
  EXPECT_EQ(result.answered, result.offered);
  EXPECT_EQ(result.wrong, 0u);
  EXPECT_EQ(result.live_flows, kConnections);
}

TEST(GatewayTrial, FindsEveryConnectionThatItEstablishedWithEveryTable) {
  for (const TableInfo& info : table_infos()) {
    for (const Use use : {Use::kTrack, Use::kNat}) {
      SCOPED_TRACE(std::string(info.name) + (use == Use::kNat ? " nat" : " track"));
      const auto result = run(config(GatewayTest::kEstablishment, use, std::string(info.name).c_str()));
      expect_all_established(result);
      EXPECT_EQ(result.tracker.created, result.established);
      EXPECT_GT(result.open_seconds, 0);
    }
  }
}

TEST(GatewayTrial, TearsEverythingDownSoThatAllCanBeEstablishedAgain) {
  for (const Expiry expiry : {Expiry::kNone, Expiry::kTimerWheel, Expiry::kLazy}) {
    for (const Use use : {Use::kTrack, Use::kNat}) {
      auto trial = config(GatewayTest::kTearDown, use);
      trial.tracker.expiry = expiry;
      trial.tracker.timeout = 3600;
      trial.tracker.nat_addresses = 1;  // few ports more than connections: none may be lost
      // At least one round each, so that what one tore down the next one establishes, however slow the machine.
      trial.warmup_seconds = 1e-6;
      trial.duration_seconds = 0.02;
      const auto result = run(trial);
      expect_all_established(result);
      EXPECT_EQ(result.torn_down, result.established);
      EXPECT_EQ(result.left_over, 0u);
      EXPECT_GE(result.rounds, 1u);
    }
  }
}

TEST(GatewayTrial, CapacityIsWhatFitsBeforeTheFirstRefusalAndAllOfItIsFoundAgain) {
  for (const TableInfo& info : table_infos()) {
    SCOPED_TRACE(std::string(info.name));
    auto trial = config(GatewayTest::kCapacity, Use::kTrack, std::string(info.name).c_str());
    trial.traffic.connections = 3 * kConnections;
    const auto result = run(trial);
    EXPECT_EQ(result.offered, result.established + 1);
    EXPECT_EQ(result.answered, result.established);
    EXPECT_EQ(result.tracker.frames_of(FrameCause::kTableFull), 1u);
    EXPECT_GE(result.established, kConnections);
    if (info.name == "cuckoo") {
      EXPECT_GT(result.established, kConnections) << "it adds 5 %, of which most can be used";
    }
    EXPECT_EQ(result.wrong, 0u);
  }
}

TEST(GatewayTrial, CapacityOfANatEndsWithItsPorts) {
  auto trial = config(GatewayTest::kCapacity, Use::kNat);
  trial.capacity = 100'000;
  trial.traffic.connections = 200'000;
  trial.tracker.nat_addresses = 1;
  const auto result = run(trial);
  EXPECT_EQ(result.established, 64512u);
  EXPECT_EQ(result.answered, result.established);
  EXPECT_EQ(result.tracker.frames_of(FrameCause::kPortsExhausted), 1u);
}

TEST(GatewayTrial, CountsConnectionsThatASmallTableRefuses) {
  auto trial = config(GatewayTest::kEstablishment);
  trial.capacity = kConnections / 4;
  const auto result = run(trial);
  EXPECT_LT(result.established, result.offered);
  EXPECT_EQ(result.answered, result.established);
  EXPECT_EQ(result.tracker.frames_of(FrameCause::kTableFull), result.offered - result.established);
}

TEST(GatewayTrial, EstablishesOverAWireAtARate) {
  for (const Use use : {Use::kTrack, Use::kNat}) {
    auto trial = config(GatewayTest::kEstablishment, use);
    trial.over_wire = true;
    trial.rate = 50'000;
    const auto result = run(trial);
    EXPECT_EQ(result.phase->counts.intended, kConnections);
    EXPECT_EQ(result.phase->counts.sent,
              result.phase->counts.received + result.phase->counts.wire_full + result.dut_wire_full);
    EXPECT_LE(result.established, kConnections);
    EXPECT_LE(result.answered, result.established);
    EXPECT_GT(result.answered, 0u);
    EXPECT_EQ(result.wrong, 0u);
    EXPECT_GE(result.open_seconds, kConnections / trial.rate - 1e-6);  // but for a tick of the clock
  }
}

TEST(GatewayTrial, ForwardsFramesOfEstablishedConnectionsOnly) {
  for (const Use use : {Use::kTrack, Use::kNat}) {
    auto trial = config(GatewayTest::kEstablished, use);
    trial.over_wire = true;
    trial.duration_seconds = 0.05;
    const auto result = run(trial);
    EXPECT_EQ(result.established, kConnections);
    EXPECT_EQ(result.created_late, 0u);
    EXPECT_EQ(result.dut_dropped, 0u);
    EXPECT_EQ(result.phase->counts.sent, result.phase->counts.received + result.dut_wire_full);
    EXPECT_GT(result.phase->counts.received, 0u);
    EXPECT_EQ(result.wrong, 0u);
  }
}

TEST(GatewayTrial, LosesNoAnswerOnTheSmallestRing) {
  auto trial = config(GatewayTest::kEstablished, Use::kNat);
  trial.over_wire = true;
  trial.ring_size = kBurst;
  const auto result = run(trial);
  EXPECT_EQ(result.established, kConnections);
  EXPECT_EQ(result.answered, kConnections);
}

TEST(GatewayTrial, RefusesWhatCannotBe) {
  auto forward = config(GatewayTest::kEstablishment, Use::kForward);
  EXPECT_THROW(run(forward), UserError);
  auto no_rate = config(GatewayTest::kEstablishment);
  no_rate.over_wire = true;
  EXPECT_THROW(run(no_rate), UserError);
  EXPECT_THROW(run(config(GatewayTest::kEstablished)), UserError);
  EXPECT_THROW(run(config(GatewayTest::kEstablishment, Use::kTrack, "no-such-table")), UserError);
}

TEST(GatewayTrial, StopsWhenItIsTold) {
  std::atomic<bool> stop{true};
  EXPECT_THROW(run_gateway_trial(config(GatewayTest::kEstablishment), stop), UserError);
}

}  // namespace
}  // namespace nicbench
