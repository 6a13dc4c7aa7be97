// When frames are due: evenly, at random, or in bursts, at a mean rate. Open loop: whatever became of those before.
//
//   kConstant  frame k is due at k / rate
//   kPoisson   the times between frames are exponentially distributed, mean 1 / rate, drawn from a seed
//   kBursts    every n frames are due together, the first of them at its constant time (RFC 2544 §21: bursty traffic).
//              The RFC sends a burst with the link's least gap; a wire without a link rate takes it all at once
//   kRecorded  with the gaps of a capture, all longer or shorter by the same factor
//
// Times are ticks since the start of the phase. Frames that fall due after its end are none of the phase: of a constant
// rate and of bursts, seconds * rate are due, rounded; of a Poisson process, as many as were drawn; of a capture, as
// many as came in that time.
#pragma once

#include <cmath>
#include <cstdint>

#include "common/random.h"
#include "trafficgen/recorded_times.h"

namespace nicbench {

enum class Departures : std::uint8_t { kConstant, kPoisson, kBursts, kRecorded };

// The capture that is replayed, from this frame on.
struct Recording {
  const RecordedTimes* times = nullptr;  // none: frames of a profile
  std::size_t first = 0;
};

struct Pacing {
  Departures departures = Departures::kConstant;
  std::uint32_t burst = 1;  // frames due together, of kBursts
  std::uint64_t seed = 1;   // of kPoisson
};

class Pacer {
 public:
  static constexpr std::uint64_t kNever = UINT64_MAX;

  // rate: frames/s, above 0. The phase is `seconds` long. recording: must be there for kRecorded.
  Pacer(const Pacing& pacing, double rate, double seconds, double ticks_per_second, Recording recording = {}) noexcept
      : ticks_per_frame_(ticks_per_second / rate),
        end_(seconds * ticks_per_second),
        random_(pacing.departures == Departures::kPoisson),
        burst_(pacing.departures == Departures::kBursts ? pacing.burst : 1),
        recorded_(pacing.departures == Departures::kRecorded ? recording.times : nullptr),
        at_(recording.first),
        draws_(pacing.seed) {
    total_ = random_ ? kNever : static_cast<std::uint64_t>(seconds * rate + 0.5);
    if (recorded_ != nullptr) {
      ticks_per_ns_ = ticks_per_frame_ * recorded_->rate() / 1e9;
      total_ = recorded_->within(end_ / ticks_per_ns_, at_);
      start_ns_ = static_cast<double>(recorded_->due[at_]);
    }
    if (random_) exact_ = gap();
    settle();
  }

  // When the next frame is due; kNever when all of the phase were.
  std::uint64_t due() const noexcept { return due_; }

  // Goes on to the frame after it.
  void next() noexcept {
    ++taken_;
    if (random_) {
      exact_ += gap();
    } else if (recorded_ != nullptr) {
      exact_ = recorded_time();
    } else if (++in_burst_ == burst_) {
      in_burst_ = 0;
      exact_ = static_cast<double>(taken_) * ticks_per_frame_;
    }
    settle();
  }

  // Frames of the whole phase. Before the last was taken this is an expectation, of a Poisson process.
  std::uint64_t total() const noexcept {
    if (!random_) return total_;
    if (due_ == kNever) return taken_;
    return taken_ + 1 + static_cast<std::uint64_t>((end_ - exact_) / ticks_per_frame_ + 0.5);
  }

 private:
  // Inverse of the exponential distribution's function; 1 - uniform() is never 0.
  double gap() noexcept { return -std::log(1 - draws_.uniform()) * ticks_per_frame_; }

  double recorded_time() noexcept {
    if (++at_ == recorded_->due.size()) {
      at_ = 0;
      start_ns_ -= static_cast<double>(recorded_->period);
    }
    return (static_cast<double>(recorded_->due[at_]) - start_ns_) * ticks_per_ns_;
  }

  void settle() noexcept {
    const bool over = random_ ? exact_ >= end_ : taken_ >= total_;
    due_ = over ? kNever : static_cast<std::uint64_t>(exact_);
  }

  const double ticks_per_frame_;
  const double end_;
  const bool random_;
  const std::uint32_t burst_;
  const RecordedTimes* const recorded_;
  std::size_t at_;       // of the capture, the next frame's position
  double start_ns_ = 0;  // of the phase, on the capture's clock
  double ticks_per_ns_ = 0;
  std::uint64_t total_;
  Xoshiro256 draws_;
  double exact_ = 0;  // the next frame's time
  std::uint64_t due_ = 0;
  std::uint64_t taken_ = 0;
  std::uint32_t in_burst_ = 0;
};

}  // namespace nicbench
