// How far frames left from when they were due, of every frame that was.
//
// A frame has left when the wire has taken it: pushed to a ring, or handed to the kernel, whose call has returned. What
// the kernel does later is part of its latency and not seen here. Frames of one burst leave together, so that the error
// of all but the last is an upper bound.
//
// Cost: a reading of the clock each time that frames are handed over, and two entries in histograms a frame.
#pragma once

#include <cstdint>

#include "common/clock.h"
#include "common/histogram.h"

namespace nicbench {

class PacingErrors {
 public:
  // Ticks. A frame never leaves before it is due.
  void record(std::uint64_t due, std::uint64_t left) noexcept {
    const std::uint64_t late = left - due;
    send_.record(scale_.to_ns(late));
    // (left - left before) - (due - due before)
    if (last_ != kNone) departure_.record(scale_.to_ns(late > last_ ? late - last_ : last_ - late));
    last_ = late;
  }

  // ns from when a frame was due until it left.
  const Histogram& send() const noexcept { return send_; }
  // ns by which the time between two frames differed from the intended one, either way.
  const Histogram& departure() const noexcept { return departure_; }

 private:
  static constexpr std::uint64_t kNone = UINT64_MAX;

  TickScale scale_;
  std::uint64_t last_ = kNone;
  Histogram send_, departure_;
};

}  // namespace nicbench
