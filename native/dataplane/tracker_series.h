// Counters of trackers over the time of a trial, in step with the tester's own (tester.h).
//
// The tester's thread reads the workers' counters, which costs the workers a line that is shared for a moment at every
// sample. Values are read one after the other while the workers go on: they may be apart by a burst.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "trafficgen/tester.h"

namespace nicbench {

// Running totals, of all workers.
struct TrackerSample {
  std::uint64_t created = 0, closed = 0, expired = 0;
  std::uint64_t refused = 0;  // new flows for which there was no room, port or tuple
  std::uint64_t frames = 0;
  std::uint64_t busy_ticks = 0;  // in polls that found frames

  std::uint64_t live() const noexcept { return created - closed - expired; }
};

class TrackerSeries final : public SeriesObserver {
 public:
  // rows: samples that are kept at most.
  TrackerSeries(std::size_t rows, std::function<TrackerSample()> read) : read_(std::move(read)) { rows_.reserve(rows); }

  // Only what is sampled from now on is kept. The first row is of now.
  void begin() {
    on_ = true;
    rows_.assign(1, read_());
  }

  void sampled() noexcept override {
    if (on_ && rows_.size() < rows_.capacity()) rows_.push_back(read_());
  }

  // One more than the tester has: that of the start.
  std::vector<TrackerSample> take() noexcept { return std::move(rows_); }

 private:
  std::function<TrackerSample()> read_;
  std::vector<TrackerSample> rows_;
  bool on_ = false;
};

}  // namespace nicbench
