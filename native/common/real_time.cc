#include "common/real_time.h"

#include <algorithm>

#include "common/clock.h"

namespace nicbench {
namespace {

constexpr double kInterval = 1e-3;  // seconds
constexpr int kReadings = 4;

}  // namespace

std::uint64_t RealTimeInTicks::to_ticks(std::uint64_t then_ns) noexcept {
  if (ticks() >= next_) read();
  const auto since = static_cast<double>(static_cast<std::int64_t>(then_ns - real_ns_));
  return ticks_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(since * ticks_per_second() * 1e-9));
}

double RealTimeInTicks::worst_error_ns() const noexcept {
  return static_cast<double>(worst_error_) * 1e9 / ticks_per_second();
}

void RealTimeInTicks::read() noexcept {
  std::uint64_t narrowest = UINT64_MAX;
  for (int i = 0; i < kReadings; ++i) {
    const std::uint64_t before = ticks();
    const std::uint64_t real = real_ns();
    const std::uint64_t after = ticks();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    ticks_ = before + narrowest / 2;
    real_ns_ = real;
  }
  worst_error_ = std::max(worst_error_, narrowest / 2);
  next_ = ticks_ + static_cast<std::uint64_t>(kInterval * ticks_per_second());
}

}  // namespace nicbench
