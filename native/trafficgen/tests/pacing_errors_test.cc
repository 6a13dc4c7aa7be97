#include "trafficgen/pacing_errors.h"

#include <gtest/gtest.h>

namespace nicbench {
namespace {

std::uint64_t ns(std::uint64_t ticks) { return TickScale().to_ns(ticks); }

TEST(PacingErrors, CountsLatenessOfEachFrameAndChangeOfItBetweenTwo) {
  PacingErrors errors;
  errors.record(1000, 1000);  // in time
  errors.record(2000, 2900);  // late: the time between the two was 900 too long
  errors.record(3000, 3500);  // less late: 400 too short
  EXPECT_EQ(errors.send().total(), 3u);
  EXPECT_EQ(errors.send().min(), 0u);
  EXPECT_EQ(errors.send().max(), ns(900));
  EXPECT_EQ(errors.departure().total(), 2u);
  EXPECT_EQ(errors.departure().min(), ns(400));
  EXPECT_EQ(errors.departure().max(), ns(900));
}

TEST(PacingErrors, BlamesAFrameOfABurstThatLeftTogetherForItsDistanceOnly) {
  PacingErrors errors;
  for (const std::uint64_t due : {1000u, 2000u, 3000u}) errors.record(due, 4000);
  EXPECT_EQ(errors.send().max(), ns(3000));
  EXPECT_EQ(errors.departure().min(), ns(1000));
  EXPECT_EQ(errors.departure().max(), ns(1000));
}

}  // namespace
}  // namespace nicbench
