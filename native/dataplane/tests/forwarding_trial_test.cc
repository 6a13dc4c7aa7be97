// Whole trials on two threads, over every wire. They check what is counted, never how fast it was.
#include "dataplane/forwarding_trial.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <string>
#include <thread>

#include "common/user_error.h"
#include "dataplane/tests/trial_wires.h"

namespace nicbench {
namespace {

ForwardingTrialConfig config_on(const std::string& wire) {
  ForwardingTrialConfig config;
  config.wire = wire;
  config.traffic.flows = 500;
  config.warmup_seconds = 0.02;
  config.duration_seconds = 0.15;
  config.probe_every = 8;
  return config;
}

ForwardingTrialResult run(const ForwardingTrialConfig& config) {
  std::atomic<bool> stop{false};
  return run_forwarding_trial(config, stop);
}

std::string code_of(const ForwardingTrialConfig& config) {
  try {
    run(config);
  } catch (const UserError& error) {
    EXPECT_FALSE(error.hint().empty()) << error.what();
    return error.code();
  }
  return "";
}

void expect_conserved(const ForwardingTrialResult& result) {
  const TesterCounts& counts = result.phase.counts;
  EXPECT_EQ(counts.sent, counts.received + counts.wire_full + result.dut_wire_full + result.lost_to_dut +
                             result.lost_to_tester + result.lost_between);
  EXPECT_FALSE(result.phase.lost_track);
  EXPECT_EQ(counts.bad + result.learning_bad, 0u);
  EXPECT_EQ(result.latency.total(), counts.probes_received);
}

using ForwardingTrial = TrialOnWire;

INSTANTIATE_TEST_SUITE_P(All, ForwardingTrial, ::testing::ValuesIn(trial_wires()), test_name);

// On the ring, the DUT drops what a tester that has no CPU does not fetch in time.
TEST_P(ForwardingTrial, ConservesFramesAtFullLoadAndLosesNoneInsideTheWindow) {
  for (const std::uint16_t size : {64, 1518}) {
    for (const std::size_t burst : {1u, 32u}) {
      auto config = config_on(GetParam());
      config.traffic.frame_size = size;
      config.burst = burst;
      const ForwardingTrialResult result = run(config);
      expect_conserved(result);
      EXPECT_GT(result.phase.counts.received, 0u);
      if (GetParam() != "ring") {
        EXPECT_EQ(result.phase.counts.received, result.phase.counts.sent);
      }
      EXPECT_GT(result.phase.counts.probes_received, 0u);
    }
  }
}

TEST_P(ForwardingTrial, LosesNoFrameBetweenSeveralWorkersOrSaysThatTheWireHasOneQueue) {
  auto config = config_on(GetParam());
  config.dut_cpus = {-1, -1, -1};
  if (GetParam() != "ring" && wire_info(GetParam()).most_queues == 1) {
    EXPECT_EQ(code_of(config), "QUEUES");
    return;
  }
  for (const double rate : {0.0, 20'000.0}) {
    config.traffic.rate = rate;
    const ForwardingTrialResult result = run(config);
    expect_conserved(result);
    EXPECT_GT(result.phase.counts.received, 0u);
    EXPECT_EQ(result.dut_frames - result.dut_foreign + result.lost_to_dut + result.phase.counts.wire_full +
                  result.lost_between,
              result.phase.counts.sent);
    if (GetParam() != "ring" && rate == 0) {
      EXPECT_EQ(result.phase.counts.received, result.phase.counts.sent);
      EXPECT_TRUE(result.wire.ends_with(", 3 queues")) << result.wire;
    }
  }
}

TEST_P(ForwardingTrial, ConservesFramesOfManySizesAtAGivenRate) {
  auto config = config_on(GetParam());
  config.traffic.profile = Profile::kCampus;
  config.traffic.rate = 20'000;
  const ForwardingTrialResult result = run(config);
  expect_conserved(result);
  EXPECT_EQ(result.phase.counts.intended, 3000u);
}

// One frame of 2000 bytes without a flow.
void write_long_frame(const std::string& path) {
  constexpr std::array<std::uint32_t, 6> kFile{0xa1b2c3d4, 4u << 16 | 2, 0, 0, 65535, 1};
  constexpr std::array<std::uint32_t, 4> kRecord{0, 0, 2000, 2000};
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(kFile.data()), sizeof kFile);
  file.write(reinterpret_cast<const char*>(kRecord.data()), sizeof kRecord);
  file << std::string(2000, '\0');
}

TEST_P(ForwardingTrial, SaysWhichFramesOfACaptureAreTooLong) {
  auto config = config_on(GetParam());
  config.traffic.pcap = ::testing::TempDir() + "long_frame_" + std::to_string(GetParam().size()) + ".pcap";
  write_long_frame(config.traffic.pcap);
  EXPECT_EQ(code_of(config), GetParam() == "ring" ? "" : "FRAME_SIZE");
  std::remove(config.traffic.pcap.c_str());
}

TEST_P(ForwardingTrial, SaysWhatItRanOn) {
  const ForwardingTrialResult result = run(config_on(GetParam()));
  EXPECT_EQ(result.wire.substr(0, result.wire.find_first_of(" ,")), GetParam()) << result.wire;
}

TEST_P(ForwardingTrial, FailsWithTheReasonWhenTheWireBreaksInMidRun) {
  if (!has_interfaces()) GTEST_SKIP() << "this wire has no interface";
  auto config = config_on(GetParam());
  config.mishap = Mishap::kLinkDown;
  EXPECT_EQ(code_of(config), "LINK_DOWN");
  config.mishap = Mishap::kInterfaceGone;
  EXPECT_EQ(code_of(config), "INTERFACE_GONE");
}

TEST_P(ForwardingTrial, LeavesOutFramesOfOthers) {
  if (!has_interfaces()) GTEST_SKIP() << "nobody else can send on this wire";
  auto config = config_on(GetParam());
  config.mishap = Mishap::kForeignFrames;
  ForwardingTrialResult result = run(config);
  // They may come late on a busy machine, when all is over: a few tries.
  for (int i = 0; i < 10 && result.dut_foreign + result.phase.counts.foreign < 20; ++i) result = run(config);
  expect_conserved(result);
  EXPECT_EQ(result.dut_foreign, 10u);
  EXPECT_EQ(result.phase.counts.foreign, 10u);
}

TEST_P(ForwardingTrial, EndsAtOnceWhenItIsStopped) {
  std::atomic<bool> stop{false};
  auto config = config_on(GetParam());
  config.duration_seconds = 600;
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  try {
    run_forwarding_trial(config, stop);
    ADD_FAILURE() << "it was not stopped";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "STOPPED");
  }
  stopper.join();
}

TEST(ForwardingTrialConfig, RefusesWhatCannotBe) {
  auto config = config_on("ring");
  config.burst = 33;
  EXPECT_EQ(code_of(config), "BURST");
  for (const std::size_t workers : {0u, 65u}) {
    config = config_on("ring");
    config.dut_cpus.assign(workers, -1);
    EXPECT_EQ(code_of(config), "WORKERS");
  }
  config = config_on("ring");
  config.window = config.ring_size + 1;
  EXPECT_EQ(code_of(config), "WINDOW");
}

TEST(ForwardingTrialConfig, SaysThatItHasNoDevices) { EXPECT_EQ(code_of(config_on("dpdk")), "WIRE_ENDS"); }

TEST(ForwardingTrialConfig, LetsTheTwoEndsDiffer) {
  auto config = config_on("socket");
  config.tester_wire = "af_packet";
  try {
    const ForwardingTrialResult result = run(config);
    expect_conserved(result);
    EXPECT_EQ(result.wire, "socket on dut");
    EXPECT_EQ(result.tester_wire, "af_packet on tester");
  } catch (const UserError& error) {
    if (error.code() != "PRIVILEGE") throw;
    GTEST_SKIP() << error.what();
  }
}

}  // namespace
}  // namespace nicbench
