// The tester on a wire that carries bytes, against far ends that are right, lossy, noisy or broken. No privilege
// needed.
#include "trafficgen/tester.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "common/clock.h"
#include "packet/headers.h"
#include "packet/parser.h"
#include "trafficgen/pcap_traffic.h"
#include "trafficgen/probe.h"
#include "trafficgen/traffic.h"

namespace nicbench {
namespace {

// A cable with a forwarder behind it: what is sent comes back with its addresses exchanged.
class Mirror final : public Port {
 public:
  std::size_t drop_every = 0;                             // 0: none; says so in lost()
  std::size_t foreign_every = 0;                          // a frame of others after so many of ours
  bool swallows = false;                                  // drops all, and says nothing
  std::size_t breaks_after = 0;                           // frames; 0: never
  std::size_t swallows_after = SIZE_MAX;                  // frames; then it drops all, and says nothing
  std::size_t swap_every = 0;                             // a frame comes after the one behind it
  std::size_t copy_every = 0;                             // a frame comes twice
  std::size_t peak = 0;                                   // most frames on their way
  unsigned drops_group = 128;                             // all frames of this one; 128: of none
  bool notes = false;                                     // what it is sent, in noted
  double hold = 0;                                        // seconds that frames are on their way, at least
  std::function<std::uint64_t(const Frame&)> stamp = {};  // for arrival_ns()
  std::vector<std::vector<std::uint8_t>> noted;

  std::size_t send(std::span<const Frame> frames) noexcept override {
    for (const Frame& frame : frames) accept(frame);
    peak = std::max(peak, queue_.size());
    return frames.size();
  }
  std::size_t forward(std::span<const Frame>) noexcept override { return 0; }
  std::size_t receive(std::span<Frame> frames) noexcept override {
    const std::uint64_t from = ticks();
    while (static_cast<double>(ticks() - from) < hold * ticks_per_second()) cpu_relax();
    std::size_t count = 0;
    for (; count < frames.size() && !queue_.empty(); ++count) {
      lent_.push_back(std::move(queue_.front()));
      queue_.pop_front();
      frames[count] = {lent_.back().data(), 0, static_cast<std::uint16_t>(lent_.back().size()), 0};
    }
    return count;
  }
  void release(std::span<const Frame> frames) noexcept override {
    lent_.erase(lent_.begin(), lent_.begin() + static_cast<std::ptrdiff_t>(frames.size()));
  }
  std::uint64_t lost() noexcept override { return lost_; }
  std::uint64_t arrival_ns(const Frame& frame) const noexcept override { return stamp ? stamp(frame) : 0; }
  std::string description() const override { return "mirror"; }
  bool all_released() const { return lent_.empty(); }

 private:
  void accept(const Frame& frame) {
    ++sent_;
    if (notes) noted.emplace_back(frame.data, frame.data + frame.length);
    if (sent_ == breaks_after) fault_.set(WireFault::kLinkDown);
    if (foreign_every != 0 && sent_ % foreign_every == 0) queue_.emplace_back(60);
    if (swallows || sent_ > swallows_after) return;
    const bool unlucky = drop_every != 0 && sent_ % drop_every == 0;
    if (unlucky || frame.data[kMacBytes + 5] >> 1 == drops_group) {
      ++lost_;
      return;
    }
    queue_.emplace_back(frame.data, frame.data + frame.length);
    swap_macs(queue_.back().data());
    if (copy_every != 0 && sent_ % copy_every == 0) queue_.push_back(queue_.back());
    if (swap_every != 0 && sent_ % swap_every == 0 && queue_.size() > 1) std::swap(queue_.back(), *(queue_.end() - 2));
  }

  std::deque<std::vector<std::uint8_t>> queue_, lent_;
  std::size_t sent_ = 0;
  std::uint64_t lost_ = 0;
};

class GoodCheck final : public FrameCheck {
 public:
  bool good(const Frame&) const noexcept override { return true; }
};

class TesterOnBytes : public ::testing::Test {
 protected:
  static constexpr std::size_t kWindow = 64;

  TesterOnBytes() {
    TrafficConfig config;
    config.flows = 100;
    use(config);
  }

  void use(const TrafficConfig& config) {
    traffic_ = Traffic::get(config);
    source_ = traffic_->source(512);
  }

  TesterOptions options() {
    return {.probe_every = 8, .window = kWindow, .lost = [this] { return mirror.lost(); }};
  }
  Tester<PortTesterEnd> tester() { return tester(options()); }
  Tester<PortTesterEnd> tester(const TesterOptions& options) {
    return Tester<PortTesterEnd>({PortTesterEnd(mirror, nullptr)}, *source_, check_, options, stop_);
  }

  void expect_nothing_leaked() const {
    EXPECT_EQ(source_->buffers_home(), source_->buffers());
    EXPECT_TRUE(mirror.all_released());
  }

  Mirror mirror;

 private:
  std::shared_ptr<const Traffic> traffic_;
  std::unique_ptr<FrameSource> source_;
  const GoodCheck check_;
  const std::atomic<bool> stop_{false};
};

TEST_F(TesterOnBytes, GetsBackAllThatItSendsWithinItsWindow) {
  auto tester = this->tester();
  EXPECT_EQ(tester.learn().counts.received, 100u);
  const PhaseResult result = tester.run(0.02, 0);
  EXPECT_GT(result.counts.sent, 0u);
  EXPECT_EQ(result.counts.received, result.counts.sent);
  EXPECT_EQ(result.counts.probes_received, result.counts.probes_sent);
  EXPECT_LE(mirror.peak, kWindow);
  EXPECT_FALSE(result.lost_track || result.broken || result.stalled);
  expect_nothing_leaked();
}

TEST_F(TesterOnBytes, SendsWhatIsDueWhateverTheWindow) {
  const PhaseResult result = tester().run(0.05, 100'000);
  EXPECT_EQ(result.counts.intended, 5000u);
  EXPECT_EQ(result.counts.received, result.counts.sent);
  expect_nothing_leaked();
}

// Latency counts from the times that probes say, so these are what open loop means. However late frames leave, the ones
// that do are those of the capture, in its order.
TEST_F(TesterOnBytes, ReplaysACaptureInItsOrderAtItsTimesDividedByTheSpeed) {
  const std::string path = ::testing::TempDir() + "nicbench-timed-" + std::to_string(getpid()) + ".pcap";
  TrafficConfig config;
  config.flows = 1000;
  config.rate = 2000;
  write_traffic(config, {.departures = Departures::kPoisson, .seed = 3}, 300, path, true);
  const PcapTraffic capture(path);
  TrafficConfig replay;
  replay.pcap = path;
  constexpr double kSpeed = 2;
  TesterOptions options = this->options();
  options.probe_every = 1;
  options.pacing.departures = Departures::kRecorded;
  mirror.notes = true;
  const double seconds = 1.5 * static_cast<double>(capture.times().period) / 1e9 / kSpeed;
  PhaseResult result;
  // A host that is away for the whole phase sends nothing.
  for (int phase = 0; phase < 100 && mirror.noted.size() < 2; ++phase) {
    mirror.noted.clear();
    use(replay);
    result = tester(options).run(seconds, kSpeed * capture.times().rate());
  }
  unlink(path.c_str());
  EXPECT_NEAR(static_cast<double>(result.counts.intended), 450, 50);
  ASSERT_GT(mirror.noted.size(), 1u);
  ASSERT_LE(mirror.noted.size(), result.counts.intended);
  const auto intended = [this](std::size_t frame) {
    ProbeSignature signature;
    std::memcpy(&signature, mirror.noted[frame].data() + kEthernetHeader + kIpv4Header + kUdpHeader, sizeof signature);
    return signature.intended;
  };
  for (std::size_t k = 0; k < mirror.noted.size(); ++k) {
    const auto& entry = capture.entries()[k % 300];
    const std::uint8_t* recorded = capture.bytes().data() + entry.offset;
    constexpr std::size_t kAddresses = kEthernetHeader + kIpv4Source;  // and the ports behind them
    ASSERT_EQ(std::memcmp(mirror.noted[k].data() + kAddresses, recorded + kAddresses, 12), 0) << k;
    const std::uint64_t due_ns = capture.times().due[k % 300] + k / 300 * capture.times().period;
    const double ticks = static_cast<double>(due_ns) / kSpeed * ticks_per_second() / 1e9;
    ASSERT_NEAR(static_cast<double>(intended(k) - intended(0)), ticks, 1.5) << k;
  }
  expect_nothing_leaked();
}

// The mirror drops, copies and swaps frames of all groups alike, and says nothing of any.
TEST_F(TesterOnBytes, CountsEveryFrameInItsGroup) {
  TrafficConfig config;
  config.flows = 100;
  config.profile = Profile::kZipf;
  config.groups = 4;
  config.new_flows = 10'000;  // whose numbers are beyond the first 100
  use(config);
  mirror.drop_every = 7;
  mirror.swap_every = 16;
  const PhaseResult result = tester().run(0.05, 100'000);
  ASSERT_EQ(result.groups.size(), 4u);
  GroupCounts sum;
  for (const GroupCounts& group : result.groups) {
    EXPECT_LT(group.received, group.sent);
    EXPECT_EQ(group.latency.total(), group.probes_received);
    sum.sent += group.sent;
    sum.received += group.received;
    sum.probes_received += group.probes_received;
    sum.probes_reordered += group.probes_reordered;
  }
  EXPECT_EQ(sum.sent, result.counts.sent);
  EXPECT_EQ(sum.received, result.counts.received);
  EXPECT_EQ(sum.probes_received, result.counts.probes_received);
  EXPECT_LE(sum.probes_reordered, result.counts.probes_reordered);
  EXPECT_GT(result.groups[0].sent, 3 * result.groups[3].sent);  // zipf: the first flows come most often
  expect_nothing_leaked();
}

TEST_F(TesterOnBytes, TellsWhenTheLastFrameThatCameBackWasDueWhateverWasLostBefore) {
  TesterOptions options = this->options();
  options.probe_every = 1;
  mirror.drop_every = 4;
  mirror.swallows_after = 9;
  // Long enough that a busy host sends so many.
  const PhaseResult result = tester(options).run(1, 1000);
  const double due = static_cast<double>(result.last_due - result.start) / ticks_per_second();
  EXPECT_NEAR(due, 0.008, 1e-6);  // of the ninth, the first being due at 0
  EXPECT_EQ(result.counts.received, 7u);
}

// A frame of the last group that is dropped is missing in the last group, and nowhere else.
TEST_F(TesterOnBytes, TellsWhichGroupLostItsFrames) {
  TrafficConfig config;
  config.flows = 100;
  config.groups = 5;
  use(config);
  mirror.drops_group = 4;
  const PhaseResult result = tester().run(0.05, 100'000);
  ASSERT_EQ(result.groups.size(), 5u);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(result.groups[i].received, result.groups[i].sent) << i;
  EXPECT_GT(result.groups[4].sent, 0u);
  EXPECT_EQ(result.groups[4].received, 0u);
}

TEST_F(TesterOnBytes, CountsNoGroupsWhereThereIsOne) { EXPECT_TRUE(tester().run(0.02, 0).groups.empty()); }

TEST_F(TesterOnBytes, KeepsTheErrorOfEveryFrameOfARateAndOfNoneAtMax) {
  auto tester = this->tester();
  const PhaseResult paced = tester.run(0.05, 100'000);
  EXPECT_EQ(paced.pacing.send().total(), paced.counts.sent);
  EXPECT_EQ(paced.pacing.departure().total(), paced.counts.sent - 1);
  EXPECT_GT(paced.sending_seconds, 0.0499);
  EXPECT_EQ(tester.run(0.02, 0).pacing.send().total(), 0u);
}

TEST_F(TesterOnBytes, SendsPoissonTrafficOfAsManyFramesAsWereDrawn) {
  TesterOptions options = this->options();
  options.pacing = {.departures = Departures::kPoisson, .seed = 5};
  Pacer expected(options.pacing, 100'000, 0.05, ticks_per_second());
  while (expected.due() != Pacer::kNever) expected.next();
  const PhaseResult result = tester(options).run(0.05, 100'000);
  EXPECT_EQ(result.counts.intended, expected.total());
  EXPECT_LE(result.counts.sent, expected.total());
  EXPECT_EQ(result.counts.received, result.counts.sent);
}

TEST_F(TesterOnBytes, CountsProbesThatOvertookOthers) {
  mirror.swap_every = 10;
  TesterOptions options = this->options();
  options.probe_every = 1;
  options.pacing = {.departures = Departures::kBursts, .burst = 16};  // so that there is one to overtake
  const PhaseResult result = tester(options).run(0.05, 100'000);
  EXPECT_GT(result.counts.probes_reordered, 0u);
  EXPECT_LE(result.counts.probes_reordered, result.counts.sent / 10);
  EXPECT_EQ(result.counts.probes_duplicated, 0u);
  EXPECT_EQ(result.counts.probes_received, result.counts.probes_sent);
}

TEST_F(TesterOnBytes, CountsCopiesOfProbesApart) {
  mirror.copy_every = 10;
  TesterOptions options = this->options();
  options.probe_every = 1;
  const PhaseResult result = tester(options).run(0.05, 100'000);
  EXPECT_EQ(result.counts.probes_duplicated, result.counts.sent / 10);
  EXPECT_EQ(result.counts.probes_reordered, 0u);
  EXPECT_EQ(result.counts.probes_received, result.counts.probes_sent);
}

// Both clocks at one moment, and how far they may be apart.
struct Moment {
  std::uint64_t ticks, real_ns, error_ticks;
};

Moment moment() {
  Moment best{0, 0, UINT64_MAX};
  for (int i = 0; i < 100; ++i) {
    const std::uint64_t before = ticks();
    const std::uint64_t real = real_ns();
    const std::uint64_t half = (ticks() - before) / 2;
    if (half < best.error_ticks) best = {before + half, real, half};
  }
  return best;
}

std::uint64_t intended_of(const Frame& probe) {
  ParsedFrame parsed;
  parse_frame(probe.data, probe.length, parsed);
  ProbeSignature signature;
  std::memcpy(&signature, probe.data + parsed.payload, sizeof signature);
  return signature.intended;
}

// A wire that has frames for 20 us, and says 5 us.
TEST_F(TesterOnBytes, MeasuresLatencyByTheTimesThatTheWireSaysIfItIsToldTo) {
  constexpr double kSaidNs = 5000;
  TesterOptions options = this->options();
  options.timestamps = Timestamps::kSoftware;
  const double ns = 1e9 / ticks_per_second();
  double error = 0;  // ns
  mirror.hold = 20e-6;
  mirror.stamp = [&](const Frame& probe) {
    const Moment now = moment();
    error = std::max(error, static_cast<double>(now.error_ticks) * ns);
    return now.real_ns - static_cast<std::uint64_t>(static_cast<double>(now.ticks - intended_of(probe)) * ns - kSaidNs);
  };
  auto tester = this->tester(options);
  const PhaseResult result = tester.run(0.02, 100'000);
  EXPECT_EQ(result.timestamps, Timestamps::kSoftware);
  ASSERT_GT(result.counts.probes_received, 0u);
  EXPECT_EQ(result.counts.probes_untimed, 0u);
  EXPECT_GT(result.clock_error_ns, 0);
  const double slack = error + result.clock_error_ns + 10;
  EXPECT_NEAR(static_cast<double>(tester.latency().min()), kSaidNs, slack);
  EXPECT_NEAR(static_cast<double>(tester.latency().max()), kSaidNs, slack);
}

TEST_F(TesterOnBytes, TakesItsOwnTimeWhereTheWireSaysNoneOrOneThatCannotBe) {
  TesterOptions options = this->options();
  options.timestamps = Timestamps::kSoftware;
  std::uint64_t asked = 0;
  mirror.stamp = [&](const Frame&) -> std::uint64_t {
    constexpr std::uint64_t kHour = 3'600'000'000'000u;
    return std::array{std::uint64_t{0}, real_ns() - kHour, real_ns() + kHour}[asked++ % 3];
  };
  auto tester = this->tester(options);
  const PhaseResult result = tester.run(0.02, 100'000);
  ASSERT_GT(asked, 2u);
  EXPECT_EQ(result.counts.probes_untimed, asked);
  EXPECT_EQ(tester.latency().total(), asked);
}

TEST_F(TesterOnBytes, AsksNoWireForTimesUnlessToldTo) {
  mirror.stamp = [](const Frame&) -> std::uint64_t {
    ADD_FAILURE();
    return 0;
  };
  const PhaseResult result = tester().run(0.02, 100'000);
  EXPECT_GT(result.counts.probes_received, 0u);
  EXPECT_EQ(result.counts.probes_untimed, 0u);
}

TEST_F(TesterOnBytes, WaitsForNothingFromAFarEndThatKeepsItsFrames) {
  mirror.swallows = true;
  TesterOptions options = this->options();
  options.one_way = true;
  const PhaseResult result = tester(options).run(0.02, 0);
  EXPECT_GT(result.counts.sent, kWindow);
  EXPECT_FALSE(result.stalled || result.lost_track);
  expect_nothing_leaked();
}

TEST_F(TesterOnBytes, GoesOnAfterLossesThatTheWireTellsOf) {
  mirror.drop_every = 10;
  auto tester = this->tester();
  std::uint64_t sent = 0;
  // A window that frames which are lost kept closed would be shut for good after ten times its size.
  for (int phase = 0; phase < 1000 && sent <= 30 * kWindow; ++phase) {
    const std::uint64_t lost_before = mirror.lost();
    const PhaseResult result = tester.run(0.02, 0);
    EXPECT_EQ(result.counts.sent, result.counts.received + mirror.lost() - lost_before);
    EXPECT_FALSE(result.lost_track || result.stalled);
    sent += result.counts.sent;
  }
  EXPECT_GT(sent, 30 * kWindow);
  expect_nothing_leaked();
}

TEST_F(TesterOnBytes, LeavesOutFramesThatWereNeverItsOwn) {
  mirror.foreign_every = 7;
  const PhaseResult result = tester().run(0.02, 0);
  EXPECT_EQ(result.counts.received, result.counts.sent);
  EXPECT_EQ(result.counts.foreign, result.counts.sent / 7);
  EXPECT_EQ(result.counts.bad, 0u);
  expect_nothing_leaked();
}

TEST_F(TesterOnBytes, GivesUpOnAWireThatSwallowsEverything) {
  mirror.swallows = true;
  const PhaseResult result = tester().run(600, 0);
  EXPECT_TRUE(result.stalled);
  EXPECT_TRUE(result.lost_track);
  EXPECT_EQ(result.counts.sent, kWindow);
  expect_nothing_leaked();
}

TEST_F(TesterOnBytes, EndsThePhaseWhenTheWireHasAFault) {
  mirror.breaks_after = 1000;
  const PhaseResult result = tester().run(600, 0);
  EXPECT_TRUE(result.broken);
  EXPECT_GE(result.counts.sent, 1000u);
}

}  // namespace
}  // namespace nicbench
