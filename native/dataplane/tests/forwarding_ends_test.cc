// Both ends of a trial, as two agents would have them, over a veth pair in a namespace of the test's own.
#include "dataplane/forwarding_ends.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "common/user_error.h"
#include "io/netlink.h"
#include "io/network_namespace.h"
#include "io/tests/wire_names.h"
#include "io/wires.h"

namespace nicbench {
namespace {

using namespace std::chrono_literals;

constexpr const char* kWire = "af_packet-v2";

GeneratorEndConfig generator_config() {
  GeneratorEndConfig config;
  config.port = {kWire, {.interface = "tester"}};
  config.traffic.flows = 100;
  config.warmup_seconds = 0.02;
  config.duration_seconds = 0.1;
  config.probe_every = 8;
  return config;
}

std::string code_of(const std::function<void()>& body) {
  try {
    body();
  } catch (const UserError& error) {
    return error.code();
  }
  return "";
}

class ForwardingEnds : public ::testing::Test {
 protected:
  void in_namespace(const std::function<void()>& body, unsigned queues = 1) {
    if (const auto missing = missing_namespace()) GTEST_SKIP() << *missing;
    NetworkNamespace().run([&] {
      add_veth_pair("tester", "dut", 1500, queues);
      set_link_up("tester", true);
      set_link_up("dut", true);
      body();
    });
  }

  void start_forwarder() { forwarder_.start({.port = {kWire, {.interface = "dut"}}}); }

  GeneratorEnd generator_;
  ForwarderEnd forwarder_;
  std::atomic<bool> stop_{false};
};

TEST_F(ForwardingEnds, AgreeOnEveryFrameTrialAfterTrial) {
  in_namespace([&] {
    for (const double rate : {0.0, 20'000.0, 0.0}) {
      start_forwarder();
      auto config = generator_config();
      config.traffic.rate = rate;
      generator_.prepare(config, stop_);
      const ForwarderCounts before = forwarder_.counts();
      const GeneratorEndResult result = generator_.run(stop_);
      const ForwarderCounts after = forwarder_.counts();
      const TesterCounts& counts = result.phase.counts;
      EXPECT_GT(before.frames, 0u);  // learning and warm-up
      EXPECT_GT(counts.sent, 100u);
      EXPECT_EQ(counts.received, counts.sent);
      EXPECT_EQ(after.frames - before.frames - (after.foreign - before.foreign), counts.sent);
      EXPECT_EQ(after.lost + after.wire_full + result.lost_at_port, 0u);
      EXPECT_EQ(counts.bad + result.learning_bad, 0u);
      EXPECT_GT(counts.probes_received, 0u);
      if (rate > 0) {
        EXPECT_EQ(counts.intended, 2000u);
      }
    }
  });
}

TEST_F(ForwardingEnds, AgreeOnEveryFrameOfAPortWithSeveralQueues) {
  constexpr unsigned kQueues = 3;
  if (const auto missing = wire_info("af_xdp").missing; !missing.empty()) GTEST_SKIP() << missing;
  in_namespace(
      [&] {
        for (const double rate : {0.0, 20'000.0}) {
          forwarder_.start({.port = {"af_xdp", {.interface = "dut"}}, .cpus = std::vector<int>(kQueues, -1)});
          auto config = generator_config();
          config.port = {"af_xdp", {.interface = "tester", .queues = kQueues}};
          config.traffic.rate = rate;
          generator_.prepare(config, stop_);
          const ForwarderCounts before = forwarder_.counts();
          const GeneratorEndResult result = generator_.run(stop_);
          const ForwarderCounts after = forwarder_.counts();
          EXPECT_TRUE(result.port.ends_with(", 3 queues")) << result.port;
          EXPECT_GT(result.phase.counts.sent, 0u);
          EXPECT_EQ(result.phase.counts.received, result.phase.counts.sent);
          EXPECT_EQ(after.frames - before.frames - (after.foreign - before.foreign), result.phase.counts.sent);
          EXPECT_EQ(result.phase.counts.bad + result.learning_bad, 0u);
        }
      },
      kQueues);
}

TEST_F(ForwardingEnds, CountFramesThatNobodySeesAgainAndGoOn) {
  in_namespace([&] {
    start_forwarder();
    auto config = generator_config();
    config.duration_seconds = 0.6;
    generator_.prepare(config, stop_);
    std::thread pause([&] {
      std::this_thread::sleep_for(150ms);
      forwarder_.stop();
      std::this_thread::sleep_for(250ms);
      start_forwarder();  // discards what waits: a window of frames
    });
    const GeneratorEndResult result = generator_.run(stop_);
    pause.join();
    EXPECT_LT(result.phase.counts.received, result.phase.counts.sent);
    EXPECT_GT(forwarder_.counts().frames, 0u);  // after the pause
  });
}

TEST_F(ForwardingEnds, SayWhatBrokeTheWire) {
  in_namespace([&] {
    start_forwarder();
    generator_.prepare(generator_config(), stop_);
    set_link_up("dut", false);
    EXPECT_EQ(code_of([&] { generator_.run(stop_); }), "LINK_DOWN");
    std::this_thread::sleep_for(100ms);
    EXPECT_EQ(code_of([&] { forwarder_.counts(); }), "LINK_DOWN");

    set_link_up("dut", true);
    start_forwarder();
    generator_.prepare(generator_config(), stop_);
    EXPECT_GT(generator_.run(stop_).phase.counts.received, 0u);
  });
}

TEST_F(ForwardingEnds, SayThatNoFrameComesBack) {
  in_namespace([&] { EXPECT_EQ(code_of([&] { generator_.prepare(generator_config(), stop_); }), "NO_FRAMES"); });
}

TEST_F(ForwardingEnds, RefuseWhatWasNotPreparedOrIsNotPossible) {
  EXPECT_EQ(code_of([&] { generator_.run(stop_); }), "NOT_PREPARED");
  EXPECT_EQ(code_of([&] { forwarder_.counts(); }), "NOT_STARTED");
  auto config = generator_config();
  config.window = 2048;
  EXPECT_EQ(code_of([&] { generator_.prepare(config, stop_); }), "WINDOW");
  EXPECT_EQ(code_of([&] { forwarder_.start({.port = {kWire, {.interface = "dut"}}, .burst = 33}); }), "BURST");
  EXPECT_EQ(code_of([&] { forwarder_.start({.port = {kWire, {.interface = "dut"}}, .cpus = {}}); }), "WORKERS");
  const std::string expected = wire_info("libpcap").missing.empty() ? "QUEUES" : "WIRE_MISSING";
  EXPECT_EQ(code_of([&] { forwarder_.start({.port = {"libpcap", {.interface = "dut"}}, .cpus = {0, 1}}); }), expected);
  EXPECT_EQ(code_of([&] { forwarder_.start({.port = {"wet-string", {.interface = "dut"}}}); }), "WIRE_UNKNOWN");
}

TEST_F(ForwardingEnds, StopWhenAsked) {
  in_namespace([&] {
    start_forwarder();
    auto config = generator_config();
    config.duration_seconds = 60;
    generator_.prepare(config, stop_);
    std::thread stopper([&] {
      std::this_thread::sleep_for(50ms);
      stop_ = true;
    });
    EXPECT_EQ(code_of([&] { generator_.run(stop_); }), "STOPPED");
    stopper.join();
  });
}

}  // namespace
}  // namespace nicbench
