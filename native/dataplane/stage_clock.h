// Splits the time of sampled bursts into stages (CycleSplit); costs a well predicted branch a stage in all others.
#pragma once

#include <cstddef>
#include <cstdint>

#include "common/clock.h"
#include "dataplane/tracker_counters.h"

namespace nicbench {

class StageClock {
 public:
  // Samples one burst in `every`; 0: none.
  StageClock(CycleSplit& split, std::uint32_t every) noexcept : split_(split), every_(every), until_(every) {}

  // Whether a burst is to be sampled.
  bool samples(std::size_t frames) noexcept {
    if (every_ == 0 || --until_ > 0) return false;
    until_ = every_;
    split_.bursts.add(1);
    split_.frames.add(frames);
    return true;
  }

  // What follows is work on a burst that is sampled, or not. Stages of several bursts may take turns.
  void start(bool sampled) noexcept {
    on_ = sampled;
    if (on_) [[unlikely]]
      last_ = read();
  }

  // The time since the last reading belongs to `stage`.
  void lap(Counter CycleSplit::*stage) noexcept {
    if (!on_) [[likely]]
      return;
    const std::uint64_t now = read();
    (split_.*stage).add(now - last_);
    last_ = now;
  }

  // Around an insert, within `rest`: what went before is rest.
  void pause() noexcept { lap(&CycleSplit::rest); }
  void resume(Counter CycleSplit::*stage) noexcept {
    lap(stage);
    if (on_) split_.inserts.add(1);
  }

  // What went on since the last reading was none of the tracker's work.
  void skip() noexcept {
    if (on_) [[unlikely]]
      last_ = read();
  }

  // The last lap of a burst.
  void finish(Counter CycleSplit::*stage) noexcept {
    lap(stage);
    on_ = false;
  }

 private:
  std::uint64_t read() noexcept {
    split_.reads.add(1);
    return ticks();
  }

  CycleSplit& split_;
  const std::uint32_t every_;
  std::uint32_t until_;
  bool on_ = false;
  std::uint64_t last_ = 0;
};

}  // namespace nicbench
