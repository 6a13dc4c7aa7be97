// Whole trials on two threads. They check what is counted, never how fast it was.
#include "dataplane/conntrack_trial.h"

#include <gtest/gtest.h>

#include <thread>

#include "common/user_error.h"
#include "hashtables/registry.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {
namespace {

ConntrackTrialConfig config(const char* table = "cuckoo") {
  ConntrackTrialConfig result;
  result.table = table;
  result.traffic.profile = Profile::kCampus;
  result.traffic.flows = 2000;
  result.warmup_seconds = 0.01;
  result.duration_seconds = 0.1;
  return result;
}

ConntrackTrialResult run(const ConntrackTrialConfig& trial) {
  std::atomic<bool> stop{false};
  return run_conntrack_trial(trial, stop);
}

// Until the host leaves the generator its CPU up to the end: a few tries, since what is to be seen is not how busy it
// is.
ConntrackTrialResult run_undisturbed(const ConntrackTrialConfig& trial) {
  ConntrackTrialResult result = run(trial);
  for (int i = 0; i < 20 && result.generator_limited; ++i) result = run(trial);
  return result;
}

std::uint64_t dropped(const ConntrackTrialResult& result) {
  return result.phase.counts.wire_full + result.dut_dropped + result.dut_wire_full;
}

void expect_conserved(const ConntrackTrialResult& result) {
  EXPECT_EQ(result.phase.counts.sent, result.phase.counts.received + dropped(result));
  EXPECT_EQ(result.phase.counts.returned, result.dut_dropped + result.dut_wire_full);
  EXPECT_FALSE(result.phase.lost_track);
  EXPECT_EQ(result.phase.counts.bad + result.learning_bad, 0u);
}

TEST(ConntrackTrial, ConservesFramesAndKnowsEveryFlowWithEveryTable) {
  for (const TableInfo& info : table_infos()) {
    SCOPED_TRACE(std::string(info.name));
    const auto result = run(config(std::string(info.name).c_str()));
    expect_conserved(result);
    EXPECT_GT(result.phase.counts.received, 1000u);
    EXPECT_EQ(result.live_flows, 2000u);
    EXPECT_EQ(result.expected_flows, 2000u);
    EXPECT_GT(result.latency.total(), 0u);
    EXPECT_EQ(result.latency.total(), result.phase.counts.probes_received);
  }
}

// Flows come and go in both directions, under every use and every expiry scheme.
TEST(ConntrackTrial, ConservesFramesAndFlowsUnderChurn) {
  for (const Use use : {Use::kForward, Use::kTrack, Use::kLoadBalance, Use::kNat}) {
    for (const Expiry expiry : {Expiry::kNone, Expiry::kScan, Expiry::kTimerWheel, Expiry::kLazy}) {
      SCOPED_TRACE(std::string(kUseNames[static_cast<std::size_t>(use)]) + ", " +
                   std::string(kExpiryNames[static_cast<std::size_t>(expiry)]));
      auto trial = config();
      trial.tracker.use = use;
      trial.tracker.replies = use == Use::kNat ? Replies::kElsewhere : Replies::kHere;
      trial.tracker.expiry = expiry;
      trial.tracker.timeout = 0.05;
      trial.traffic.new_flows = 20'000;
      trial.traffic.both_directions = use != Use::kNat;
      trial.capacity = 10'000;
      const auto result = run(trial);
      expect_conserved(result);
      std::uint64_t frames = 0;
      for (const std::uint64_t n : result.tracker.frames) frames += n;
      EXPECT_EQ(frames, result.dut_frames);
      if (use == Use::kForward) continue;
      EXPECT_GT(result.tracker.created, 100u);
      EXPECT_EQ(result.tracker.frames_of(FrameCause::kTableFull), 0u);
      EXPECT_EQ(result.tracker.expired == 0, expiry == Expiry::kNone);
      EXPECT_GT(result.tracker.sampled_frames, 0u);
    }
  }
}

// Flows of the warm-up do not come back as the new flows of the measured phase.
TEST(ConntrackTrial, SeesNewFlowsInEveryPhase) {
  auto trial = config();
  trial.tracker.use = Use::kTrack;
  trial.traffic.profile = Profile::kUniform;
  trial.traffic.new_flows = 20'000;
  trial.traffic.rate = 500'000;
  trial.warmup_seconds = 0.1;
  const auto result = run_undisturbed(trial);
  expect_conserved(result);
  EXPECT_NEAR(static_cast<double>(result.born_flows), 2000, 100);
  // All but the newest have sent a frame.
  EXPECT_GT(result.tracker.created, 1500u);
  EXPECT_GT(result.live_flows, 2000u + result.tracker.created);  // and those of the warm-up
}

TEST(ConntrackTrial, OffersTheIntendedLoadWhateverTheDutDoes) {
  auto trial = config();
  trial.traffic.rate = 100'000;
  trial.duration_seconds = 0.2;
  const auto result = run_undisturbed(trial);
  expect_conserved(result);
  EXPECT_EQ(result.phase.counts.intended, 20'000u);
  EXPECT_EQ(result.phase.counts.sent, 20'000u);
}

// Without open-loop pacing and intended times, a 50 ms stall would show up in one probe only.
TEST(ConntrackTrial, ChargesAStalledDutWithLatencyAndLossNotWithLessLoad) {
  auto trial = config();
  trial.traffic.rate = 100'000;
  trial.duration_seconds = 0.2;
  trial.probe_every = 1;
  trial.ring_size = 1024;
  trial.fault = Fault::kStall;
  const auto result = run_undisturbed(trial);
  expect_conserved(result);
  EXPECT_EQ(result.phase.counts.sent, 20'000u);
  EXPECT_GT(result.phase.counts.wire_full, 1000u);  // 5000 frames fell due, 1024 found room
  std::uint64_t late = 0;
  for (const auto& [ns, count] : result.latency.buckets()) late += ns > 10'000'000 ? count : 0;
  EXPECT_GT(late, 200u);
  EXPECT_GT(result.latency.max(), 40'000'000u);
}

// The phase ends while the DUT stalls and a burst waits for room on the wire: its probes were made, but never sent.
TEST(ConntrackTrial, CountsProbesThatWereSentNotThoseThatWereMade) {
  auto trial = config();
  trial.probe_every = 1;
  trial.duration_seconds = 0.02;
  trial.fault = Fault::kStall;
  const auto result = run(trial);
  expect_conserved(result);
  EXPECT_EQ(dropped(result), 0u);
  EXPECT_GT(result.phase.counts.probes_received, 0u);
  EXPECT_EQ(result.phase.counts.probes_sent, result.phase.counts.probes_received);
}

TEST(ConntrackTrial, CountsRefusedFlowsWhenTheTableIsTooSmall) {
  auto trial = config();
  trial.capacity = 64;
  const auto result = run(trial);
  expect_conserved(result);
  EXPECT_LE(result.live_flows, 64u);
  EXPECT_GT(result.dut_dropped, 0u);
}

TEST(ConntrackTrial, GivesEqualTrafficAnEqualDigest) {
  auto trial = config();
  const auto first = run(trial).traffic_digest;
  EXPECT_EQ(run(trial).traffic_digest, first);
  trial.traffic.seed += 1;
  EXPECT_NE(run(trial).traffic_digest, first);
}

TEST(ConntrackTrial, RecordsTheCountersOverTime) {
  auto trial = config();
  trial.series_interval_seconds = 0.02;
  const auto result = run(trial);
  ASSERT_GE(result.series.size(), 3u);
  for (std::size_t i = 1; i < result.series.size(); ++i) {
    EXPECT_GT(result.series[i].t, result.series[i - 1].t + 0.009);  // a sliver of an interval has no rate
    EXPECT_GE(result.series[i].received, result.series[i - 1].received);
  }
}

TEST(ConntrackTrial, RecordsFlowsOverTimeInStepWithFrames) {
  auto trial = config();
  trial.traffic.new_flows = 20'000;
  trial.tracker.expiry = Expiry::kTimerWheel;
  trial.tracker.timeout = 0.02;
  trial.series_interval_seconds = 0.02;
  const auto result = run(trial);
  const auto& rows = result.tracker_series;
  ASSERT_EQ(rows.size(), result.series.size() + 1);
  for (std::size_t i = 1; i < rows.size(); ++i) {
    EXPECT_GE(rows[i].created, rows[i - 1].created);
    EXPECT_GE(rows[i].expired, rows[i - 1].expired);
    EXPECT_GE(rows[i].frames, rows[i - 1].frames);
  }
  EXPECT_GT(rows.back().created, rows.front().created);
  EXPECT_GT(rows.back().expired, rows.front().expired);
  EXPECT_LE(rows.back().frames - rows.front().frames, result.dut_frames);
}

TEST(ConntrackTrial, KeepsNoFlowsOverTimeUnlessAsked) {
  EXPECT_TRUE(run(config()).series.empty());
  EXPECT_EQ(run(config()).tracker_series.size(), 1u);
}

TEST(ConntrackTrial, SpreadsOneDirectionWithTheDefaultKeyAndRefusesBoth) {
  auto trial = config();
  trial.dut_cpus = {-1, -1};
  trial.rss.symmetric = false;
  trial.rss.reta_entries = 128;
  const auto result = run(trial);
  expect_conserved(result);
  EXPECT_EQ(result.live_flows, 2000u);
  for (const WorkerResult& worker : result.workers) EXPECT_GT(worker.live_flows, 500u);
  trial.traffic.both_directions = true;
  EXPECT_THROW(run(trial), UserError);
}

TEST(ConntrackTrial, RefusesIndirectionTablesThatNoNicHas) {
  for (const std::size_t entries : {0u, 1u, 100u, 8192u}) {
    auto trial = config();
    trial.dut_cpus = {-1, -1};
    trial.rss.reta_entries = entries;
    EXPECT_THROW(run(trial), UserError) << entries;
  }
}

TEST(ConntrackTrial, SaysHowMuchOfItsTimeEachThreadHadItsCpu) {
  auto trial = config();
  trial.fault = Fault::kStall;  // the DUT sleeps for 50 ms
  const auto result = run(trial);
  EXPECT_GT(result.generator_cpu_share, 0.0);
  EXPECT_LE(result.generator_cpu_share, 1.0);
  EXPECT_GT(result.dut_cpu_share, 0.0);
  EXPECT_GT((1 - result.dut_cpu_share) * result.phase.seconds, 0.03);
}

TEST(ConntrackTrial, SpreadsFlowsOverWorkersWithTablesOfTheirOwn) {
  for (const bool both : {false, true}) {
    auto trial = config();
    trial.dut_cpus = {-1, -1, -1};
    trial.traffic.both_directions = both;
    trial.tracker.replies = both ? Replies::kHere : Replies::kElsewhere;
    const auto result = run(trial);
    expect_conserved(result);
    ASSERT_EQ(result.workers.size(), 3u);
    std::uint64_t frames = 0, flows = 0;
    for (const WorkerResult& worker : result.workers) {
      EXPECT_GT(worker.live_flows, 2000u / 5);
      EXPECT_LE(worker.busy_ticks, worker.total_ticks);
      frames += worker.frames;
      flows += worker.live_flows;
    }
    EXPECT_EQ(frames, result.dut_frames);
    // With symmetric RSS both directions of a connection meet at one worker: one entry, not two.
    EXPECT_EQ(flows, 2000u);
    EXPECT_EQ(result.live_flows, 2000u);
  }
}

TEST(ConntrackTrial, ConservesFramesAndFlowsOverOneTableForAllWorkers) {
  for (std::size_t i = 1; i < kSharingNames.size(); ++i) {
    const auto sharing = static_cast<Sharing>(i);
    for (const TableInfo& info : table_infos(sharing)) {
      SCOPED_TRACE(std::string(to_string(sharing)) + ", " + std::string(info.name));
      auto trial = config(std::string(info.name).c_str());
      trial.sharing = sharing;
      trial.dut_cpus = {-1, -1};
      trial.tracker.use = Use::kTrack;
      trial.tracker.expiry = Expiry::kTimerWheel;
      trial.tracker.timeout = 0.05;
      trial.traffic.new_flows = 20'000;
      trial.capacity = 10'000;
      const auto result = run(trial);
      expect_conserved(result);
      ASSERT_EQ(result.workers.size(), 2u);
      EXPECT_EQ(result.tracker.frames_of(FrameCause::kTableFull), 0u);
      EXPECT_GT(result.tracker.created, 100u);
      EXPECT_GT(result.tracker.expired, 0u);
      for (const WorkerResult& worker : result.workers) EXPECT_GT(worker.live_flows, 0u);
      EXPECT_LT(result.table_bytes, 2'000'000u) << "one table, counted once";
    }
  }
}

TEST(ConntrackTrial, GivesEachWorkerOfANatItsOwnAddresses) {
  auto trial = config();
  trial.dut_cpus = {-1, -1};
  trial.tracker.use = Use::kNat;
  trial.tracker.nat_addresses = 2;
  const auto result = run(trial);
  expect_conserved(result);
  EXPECT_EQ(result.live_flows, 2000u);
  trial.tracker.nat_addresses = 1;
  EXPECT_THROW(run(trial), UserError);
}

TEST(ConntrackTrial, StopsEarlyWhenAsked) {
  auto trial = config();
  trial.duration_seconds = 60;
  std::atomic<bool> stop{false};
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop = true;
  });
  try {
    run_conntrack_trial(trial, stop);
    ADD_FAILURE() << "it ran to the end";
  } catch (const UserError& error) {
    EXPECT_EQ(error.code(), "STOPPED");
  }
  stopper.join();
}

TEST(ConntrackTrial, RefusesWhatCannotWorkWithACodeAndAHint) {
  const auto code = [](auto change) -> std::string {
    auto trial = config();
    change(trial);
    try {
      run(trial);
      return "ran";
    } catch (const UserError& error) {
      EXPECT_FALSE(error.hint().empty());
      return error.code();
    }
  };
  EXPECT_EQ(code([](auto& t) { t.table = "cuckold"; }), "UNKNOWN_TABLE");
  EXPECT_EQ(code([](auto& t) { t.tracker.backends = 0; }), "BACKENDS");
  EXPECT_EQ(code([](auto& t) { t.ring_size = 1; }), "RING_SIZE");
  EXPECT_EQ(code([](auto& t) { t.tracker.nat_addresses = 0; }), "NAT_ADDRESSES");
  EXPECT_EQ(code([](auto& t) { t.tracker.use = Use::kTrack, t.tracker.replies = Replies::kRewritten; }), "REPLIES");
  EXPECT_EQ(code([](auto& t) { t.tracker.check_windows = true; }), "CHECK_WINDOWS");
  EXPECT_EQ(code([](auto& t) { t.tracker.expiry = Expiry::kScan, t.tracker.expiry_interval = 0; }), "EXPIRY_INTERVAL");
  EXPECT_EQ(code([](auto& t) { t.tracker.timeout = -1; }), "TIMEOUT");
  EXPECT_EQ(code([](auto& t) { t.tracker.use = Use::kNat, t.traffic.both_directions = true; }), "BOTH_DIRECTIONS");
  EXPECT_EQ(code([](auto& t) { t.tracker.timeouts = {{TimeoutClass::kUdpNew, 0}}; }), "TIMEOUT");
  EXPECT_EQ(code([](auto& t) { t.traffic.pcap = "/nonexistent.pcap"; }), "PCAP_UNREADABLE");
  EXPECT_EQ(code([](auto& t) { t.dut_cpus = {4095}; }), "CPU_UNAVAILABLE");
  EXPECT_EQ(code([](auto& t) { t.table = "hopscotch", t.sharing = Sharing::kLockFree; }), "SHARING");
  EXPECT_EQ(code([](auto& t) { t.table = "cuckold", t.sharing = Sharing::kLockFree; }), "UNKNOWN_TABLE");
  EXPECT_EQ(code([](auto& t) {
              t.sharing = Sharing::kMutex, t.dut_cpus = {-1, -1}, t.tracker.use = Use::kNat;
            }),
            "SHARING");
}

}  // namespace
}  // namespace nicbench
