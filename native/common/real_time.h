// CLOCK_REALTIME, in which the kernel stamps frames, on the scale of ticks().
#pragma once

#include <cstdint>

namespace nicbench {

// Both clocks are read together when they are needed and were not for a millisecond: real time is slewed by up to
// 500 ppm (adjtimex(2)), half a nanosecond by then. Of a reading the error is at most half the time that it took; the
// quickest of a few is kept. A clock that is set while frames are on their way is off by as much until the next
// reading. Threads: one.
class RealTimeInTicks {
 public:
  std::uint64_t to_ticks(std::uint64_t then_ns) noexcept;

  // Of the readings since begin(), in ns.
  double worst_error_ns() const noexcept;
  void begin() noexcept { worst_error_ = 0; }

 private:
  void read() noexcept;

  std::uint64_t ticks_ = 0;
  std::uint64_t real_ns_ = 0;
  std::uint64_t next_ = 0;         // ticks
  std::uint64_t worst_error_ = 0;  // ticks
};

}  // namespace nicbench
