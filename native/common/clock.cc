#include "common/clock.h"

#include <algorithm>
#include <array>

namespace nicbench {
namespace {

struct Reading {
  std::uint64_t ticks;
  std::uint64_t ns;
};

// The pair read closest together out of several: a preemption between the two reads is not believed.
Reading read_both() {
  Reading best{};
  std::uint64_t narrowest = UINT64_MAX;
  for (int i = 0; i < 16; ++i) {
    const std::uint64_t before = ticks();
    const std::uint64_t ns = monotonic_ns();
    const std::uint64_t after = ticks();
    if (after - before < narrowest) {
      narrowest = after - before;
      best = {before + (after - before) / 2, ns};
    }
  }
  return best;
}

double measure() {
  std::array<double, 3> rates{};
  for (double& rate : rates) {
    const Reading start = read_both();
    while (monotonic_ns() - start.ns < 7'000'000) cpu_relax();
    const Reading end = read_both();
    rate = static_cast<double>(end.ticks - start.ticks) * 1e9 / static_cast<double>(end.ns - start.ns);
  }
  std::sort(rates.begin(), rates.end());
  return rates[1];
}

}  // namespace

double ticks_per_second() {
  static const double rate = measure();
  return rate;
}

// The best of several runs, of which the others were disturbed. A mean within the run: single differences can be
// anything down to a tick where readings are not ordered.
double clock_read_ticks() noexcept {
  constexpr int kRuns = 100, kReadings = 1000;
  std::uint64_t best = UINT64_MAX;
  for (int run = 0; run < kRuns; ++run) {
    const std::uint64_t start = ticks();
    std::uint64_t last = start;
    for (int i = 0; i < kReadings; ++i) last = ticks();
    best = std::min(best, last - start);
  }
  return static_cast<double>(best) / kReadings;
}

}  // namespace nicbench
