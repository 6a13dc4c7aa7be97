// Exact times of frames, without a clock: a tick is a microsecond here.
#include "trafficgen/pacer.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace nicbench {
namespace {

constexpr double kTicksPerSecond = 1e6;

std::vector<std::uint64_t> departures(const Pacing& pacing, double rate, double seconds) {
  Pacer pacer(pacing, rate, seconds, kTicksPerSecond);
  std::vector<std::uint64_t> times;
  for (; pacer.due() != Pacer::kNever; pacer.next()) times.push_back(pacer.due());
  EXPECT_EQ(pacer.total(), times.size());
  return times;
}

std::vector<std::uint64_t> replayed(const RecordedTimes& times, std::size_t first, double rate, double seconds) {
  Pacer pacer({.departures = Departures::kRecorded}, rate, seconds, kTicksPerSecond, {&times, first});
  std::vector<std::uint64_t> result;
  for (; pacer.due() != Pacer::kNever; pacer.next()) result.push_back(pacer.due());
  EXPECT_EQ(pacer.total(), result.size());
  return result;
}

TEST(Pacer, KeepsTheGapsOfACaptureAndGoesRoundInIt) {
  const RecordedTimes times{{0, 100'000, 100'000, 300'000}, 400'000};  // 10 kpps
  using Ticks = std::vector<std::uint64_t>;
  EXPECT_EQ(replayed(times, 0, 1e4, 0.001), (Ticks{0, 100, 100, 300, 400, 500, 500, 700, 800, 900, 900}));
  EXPECT_EQ(replayed(times, 0, 2e4, 0.0004), (Ticks{0, 50, 50, 150, 200, 250, 250, 350}));
  EXPECT_EQ(replayed(times, 3, 1e4, 0.0005), (Ticks{0, 100, 200, 200, 400}));
  EXPECT_EQ(replayed(times, 1, 1e4, 0.0004), (Ticks{0, 0, 200, 300}));
  EXPECT_EQ(replayed(times, 2, 1e4, 0.0001), (Ticks{0}));
}

TEST(Pacer, SpreadsFramesEvenlyWithoutDrift) {
  EXPECT_EQ(departures({}, 4, 1), (std::vector<std::uint64_t>{0, 250'000, 500'000, 750'000}));
  const auto thirds = departures({}, 3, 1'000'000);
  ASSERT_EQ(thirds.size(), 3'000'000u);
  EXPECT_EQ(thirds[1], 333'333u);
  EXPECT_EQ(thirds[2'999'997], 999'999'000'000u);
}

TEST(Pacer, MakesAsManyFramesAsAreDueInAPhaseWhoseEndIsNoWholeFrame) {
  EXPECT_EQ(departures({}, 10, 0.26).size(), 3u);
  EXPECT_EQ(departures({}, 10, 0.24).size(), 2u);
  EXPECT_EQ(departures({}, 1e5, 0.05).size(), 5000u);
}

TEST(Pacer, SendsBurstsTogetherAtTheMeanRate) {
  const auto times = departures({.departures = Departures::kBursts, .burst = 3}, 10, 1);
  EXPECT_EQ(times,
            (std::vector<std::uint64_t>{0, 0, 0, 300'000, 300'000, 300'000, 600'000, 600'000, 600'000, 900'000}));
}

TEST(Pacer, DrawsThePoissonProcessThatItsSeedSays) {
  const Pacing pacing{.departures = Departures::kPoisson, .seed = 7};
  const auto times = departures(pacing, 1000, 10);
  EXPECT_EQ(times, departures(pacing, 1000, 10));
  EXPECT_NE(times, departures({.departures = Departures::kPoisson, .seed = 8}, 1000, 10));
  EXPECT_LT(times.back(), 10'000'000u);
}

// Of a Poisson process, times between departures have a standard deviation equal to their mean, and counts in equal
// intervals a variance equal to their mean. Tolerances are five standard errors of the sample.
TEST(Pacer, HasTheMomentsOfAPoissonProcess) {
  constexpr double kFrames = 100'000, kMean = 1000;  // ticks
  const auto times =
      departures({.departures = Departures::kPoisson, .seed = 1}, kTicksPerSecond / kMean, kFrames / 1000);
  const auto frames = static_cast<double>(times.size());
  EXPECT_NEAR(frames, kFrames, 5 * std::sqrt(kFrames));
  double squares = 0;
  std::map<std::uint64_t, double> counts;
  std::uint64_t before = 0;
  for (const std::uint64_t time : times) {
    const auto gap = static_cast<double>(time - before);
    squares += gap * gap;
    ++counts[time / 10'000];  // intervals of 10 frames each
    before = time;
  }
  const double mean = static_cast<double>(before) / frames;
  EXPECT_NEAR(mean, kMean, 5 * kMean / std::sqrt(frames));
  // E[gap^2] is 2 mean^2, with a variance of 20 mean^4.
  EXPECT_NEAR(squares / frames, 2 * kMean * kMean, 5 * std::sqrt(20 / frames) * kMean * kMean);
  double spread = 0;
  for (std::uint64_t i = 0; i < 10'000; ++i) spread += (counts[i] - 10) * (counts[i] - 10);
  EXPECT_NEAR(spread / 10'000, 10, 5 * std::sqrt((2 * 100 + 10) / 10'000.0));
}

TEST(Pacer, SaysHowManyFramesThePhaseHasBeforeAllAreTaken) {
  Pacer constant({}, 1000, 2, kTicksPerSecond);
  EXPECT_EQ(constant.total(), 2000u);
  constant.next();
  EXPECT_EQ(constant.total(), 2000u);
  Pacer poisson({.departures = Departures::kPoisson}, 1000, 2, kTicksPerSecond);
  while (poisson.due() < 1'000'000) poisson.next();
  EXPECT_NEAR(static_cast<double>(poisson.total()), 2000, 5 * std::sqrt(1000));
}

}  // namespace
}  // namespace nicbench
