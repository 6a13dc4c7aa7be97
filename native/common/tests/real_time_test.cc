#include "common/real_time.h"

#include <gtest/gtest.h>

#include "common/clock.h"

namespace nicbench {
namespace {

// Readings of ticks() around one of real time bound where that belongs, but for the error that is admitted, and what
// the clock was slewed by within a millisecond.
TEST(RealTimeInTicks, IsWithinItsErrorOfWhatBothClocksSay) {
  constexpr double kSlewNs = 0.5, kRoundingNs = 1;
  RealTimeInTicks clock;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t before = ticks();
    const std::uint64_t real = real_ns();
    const std::uint64_t after = ticks();
    const std::uint64_t at = clock.to_ticks(real);
    const double error_ns = clock.worst_error_ns() + kSlewNs + kRoundingNs;
    const auto error = static_cast<std::uint64_t>(error_ns * ticks_per_second() * 1e-9) + 1;
    ASSERT_GE(at + error, before);
    ASSERT_LE(at, after + error);
  }
}

TEST(RealTimeInTicks, KnowsNoErrorBeforeItIsUsed) {
  RealTimeInTicks clock;
  EXPECT_EQ(clock.worst_error_ns(), 0);
  clock.to_ticks(real_ns());
  EXPECT_GT(clock.worst_error_ns(), 0);
  clock.begin();
  EXPECT_EQ(clock.worst_error_ns(), 0);
}

// A second apart in real time, a second apart in ticks.
TEST(RealTimeInTicks, ConvertsTimesThatAreFarFromNow) {
  RealTimeInTicks clock;
  const std::uint64_t now = real_ns();
  const double apart = static_cast<double>(clock.to_ticks(now) - clock.to_ticks(now - 1'000'000'000u));
  EXPECT_NEAR(apart / ticks_per_second(), 1, 1e-3);
}

}  // namespace
}  // namespace nicbench
