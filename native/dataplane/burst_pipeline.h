// A DUT's bursts, overlapped: while it works on one, memory for the next is on its way.
//
//   poll 1   headers 1 asked for                       parse 1, start lookups
//   poll 2   headers 2 asked for   resolve lookups 1   parse 2, start lookups   finish 1
//   poll 3   headers 3 asked for   resolve lookups 2   parse 3, start lookups   finish 2
//
// A burst is finished by the next poll, whether that finds frames or not: what a frame waits for is one other burst at
// most, and only where there is one. A DUT that has no stages (StagedTracker) finishes each burst at once.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/prefetch.h"
#include "io/frame.h"

namespace nicbench {

// Works on a burst in three stages, of which the next burst's first may come before the last (connection_tracker.h).
// clang-format off
template <class T>
concept StagedTracker = requires(T tracker, std::span<const Frame> started, std::span<Frame> frames, std::uint64_t now) {
  tracker.start(started);
  tracker.resolve();
  { tracker.finish(frames, now) } -> std::same_as<std::size_t>;
};
// clang-format on

template <class Tracker>
class BurstPipeline {
 public:
  // A burst that the tracker is done with: the first `kept` frames are to be sent, the others are to be released.
  struct Finished {
    std::span<Frame> frames;
    std::size_t kept = 0;
  };

  explicit BurstPipeline(Tracker& tracker) noexcept : tracker_(tracker) {}

  // Where the next burst is to be put. Frames of the burst finished last are elsewhere.
  std::span<Frame, kBurst> room() noexcept { return bursts_[next_]; }

  // Takes the first `count` frames of room(). Returns the burst that is finished by that, if any.
  Finished step(std::size_t count, std::uint64_t now) noexcept {
    const auto came = std::span<Frame>(bursts_[next_]).first(count);
    if constexpr (StagedTracker<Tracker>) {
      if (count == 0 && waiting_.empty()) return {};
      for (const Frame& frame : came) prefetch_to_write(frame.data);
      if (!waiting_.empty()) tracker_.resolve();
      if (count > 0) tracker_.start(came);
      Finished finished{waiting_};
      if (!waiting_.empty()) finished.kept = tracker_.finish(waiting_, now);
      waiting_ = came;
      next_ ^= 1;
      return finished;
    } else {
      return {came, count == 0 ? 0 : tracker_.process(came, now)};
    }
  }

 private:
  Tracker& tracker_;
  std::array<std::array<Frame, kBurst>, 2> bursts_;
  std::size_t next_ = 0;
  std::span<Frame> waiting_;  // started, not finished
};

}  // namespace nicbench
