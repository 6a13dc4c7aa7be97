// The data path's clock: the CPU's time-stamp counter, read without a system call.
//
// Assumes an invariant TSC (constant_tsc, nonstop_tsc), which every server CPU of the last decade has;
// `nicbench doctor` checks it. On other architectures the monotonic clock stands in, in nanoseconds.
#pragma once

#include <cstdint>
#include <ctime>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace nicbench {

inline std::uint64_t monotonic_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC_RAW, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// CLOCK_REALTIME, which may be set and slewed while we measure.
inline std::uint64_t real_ns() noexcept {
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000u + static_cast<std::uint64_t>(now.tv_nsec);
}

// Ticks of the clock, not ordered against loads and stores around it: the error is a few nanoseconds.
inline std::uint64_t ticks() noexcept {
#if defined(__x86_64__)
  return __rdtsc();
#else
  return monotonic_ns();
#endif
}

inline void cpu_relax() noexcept {
#if defined(__x86_64__)
  _mm_pause();
#endif
}

// Ticks per second, measured once per process against the monotonic clock (takes 20 ms the first time).
double ticks_per_second();

// What reading the clock costs, in ticks, when one reading follows the other. Takes a millisecond.
double clock_read_ticks() noexcept;

// Converts ticks to nanoseconds by one multiplication.
class TickScale {
 public:
  TickScale() : scale_(static_cast<std::uint64_t>(1e9 / ticks_per_second() * 4294967296.0)) {}

  std::uint64_t to_ns(std::uint64_t ticks) const noexcept {
    return static_cast<std::uint64_t>((static_cast<Wide>(ticks) * scale_) >> 32);
  }

 private:
  __extension__ using Wide = unsigned __int128;

  std::uint64_t scale_;  // nanoseconds per tick, 32.32 fixed point
};

}  // namespace nicbench
