// Did the generator keep up, so that a trial says something about the DUT?
#pragma once

#include <cstdint>

#include "trafficgen/tester.h"

namespace nicbench {

// Share of the DUT's time without frames above which the generator set the pace.
inline constexpr double kIdleShare = 0.05;

// At a fixed load: fewer frames were offered than intended.
inline bool fell_behind(const TesterCounts& counts) noexcept {
  return counts.sent + counts.sent / 1000 < counts.intended;
}

// At full load: the DUT waited for frames.
inline bool was_idle(std::uint64_t busy_ticks, std::uint64_t total_ticks, double idle_share = kIdleShare) noexcept {
  return static_cast<double>(busy_ticks) < (1 - idle_share) * static_cast<double>(total_ticks);
}

}  // namespace nicbench
