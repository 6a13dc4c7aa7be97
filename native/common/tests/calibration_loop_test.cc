#include "common/calibration_loop.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <thread>

#include "common/user_error.h"

namespace nicbench {
namespace {

TEST(CalibrationLoop, MeasuresTheWorkOfOneCpuAndNoHandOver) {
  const CalibrationReading reading = read_calibration(std::array{0});
  EXPECT_GT(reading.work_ns, 0);
  EXPECT_EQ(reading.hand_over_ns, 0);
}

TEST(CalibrationLoop, HandsALineToAnotherCpuAndBack) {
  if (std::thread::hardware_concurrency() < 2) GTEST_SKIP() << "needs two CPUs";
  EXPECT_GT(read_calibration(std::array{0, 1}).hand_over_ns, 0);
}

TEST(CalibrationLoop, ItsClocksGoOnFromReadingToReading) {
  const CalibrationReading first = read_calibration(std::array{0});
  const CalibrationReading second = read_calibration(std::array{0});
  EXPECT_GT(second.tsc_seconds, first.tsc_seconds);
  EXPECT_GT(second.monotonic_seconds, first.monotonic_seconds);
}

TEST(CalibrationLoop, RefusesACpuThatDoesNotExist) {
  EXPECT_THROW(read_calibration(std::array{0, 100'000}), UserError);
  EXPECT_THROW(read_calibration(std::span<const int>()), std::invalid_argument);
}

}  // namespace
}  // namespace nicbench
