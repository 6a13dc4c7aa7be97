// A tracker's counters at one moment, as plain numbers: to be subtracted from those of a later moment, and added up
// over workers.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "dataplane/tracker_counters.h"

namespace nicbench {

struct TrackerTotals {
  std::array<std::uint64_t, kFrameCauses> frames{};  // by FrameCause
  std::uint64_t created = 0, closed = 0, expired = 0, examined = 0;
  // CycleSplit, in ticks; frames, inserts and bursts are those sampled.
  std::uint64_t parse = 0, lookup = 0, insert = 0, expiry = 0, rest = 0;
  std::uint64_t sampled_bursts = 0, sampled_frames = 0, sampled_inserts = 0, clock_reads = 0;

  std::uint64_t frames_of(FrameCause cause) const noexcept { return frames[static_cast<std::size_t>(cause)]; }
  // Not of a difference.
  std::uint64_t live() const noexcept { return created - closed - expired; }
  // New flows refused, for whatever reason; their frames were dropped.
  std::uint64_t refused() const noexcept {
    return frames_of(FrameCause::kTableFull) + frames_of(FrameCause::kPortsExhausted) +
           frames_of(FrameCause::kTupleInUse);
  }
  // Frames forwarded without a flow.
  std::uint64_t untracked() const noexcept {
    std::uint64_t sum = 0;
    for (auto i = static_cast<std::size_t>(FrameCause::kNotIp); i <= static_cast<std::size_t>(FrameCause::kNoService);
         ++i) {
      sum += frames[i];
    }
    return sum;
  }
};

namespace totals_detail {

template <class F>
void for_each_field(TrackerTotals& a, const TrackerTotals& b, F&& f) {
  for (std::size_t i = 0; i < kFrameCauses; ++i) f(a.frames[i], b.frames[i]);
  for (auto field : {&TrackerTotals::created, &TrackerTotals::closed, &TrackerTotals::expired, &TrackerTotals::examined,
                     &TrackerTotals::parse, &TrackerTotals::lookup, &TrackerTotals::insert, &TrackerTotals::expiry,
                     &TrackerTotals::rest, &TrackerTotals::sampled_bursts, &TrackerTotals::sampled_frames,
                     &TrackerTotals::sampled_inserts, &TrackerTotals::clock_reads}) {
    f(a.*field, b.*field);
  }
}

}  // namespace totals_detail

inline TrackerTotals operator-(TrackerTotals later, const TrackerTotals& earlier) {
  totals_detail::for_each_field(later, earlier, [](std::uint64_t& a, std::uint64_t b) { a -= b; });
  return later;
}

inline TrackerTotals operator+(TrackerTotals one, const TrackerTotals& other) {
  totals_detail::for_each_field(one, other, [](std::uint64_t& a, std::uint64_t b) { a += b; });
  return one;
}

inline TrackerTotals totals(const TrackerCounters& counters) {
  TrackerTotals t;
  for (std::size_t i = 0; i < kFrameCauses; ++i) t.frames[i] = counters.frames[i].get();
  t.created = counters.created.get();
  t.closed = counters.closed.get();
  t.expired = counters.expired.get();
  t.examined = counters.examined.get();
  const CycleSplit& cycles = counters.cycles;
  t.parse = cycles.parse.get();
  t.lookup = cycles.lookup.get();
  t.insert = cycles.insert.get();
  t.expiry = cycles.expiry.get();
  t.rest = cycles.rest.get();
  t.sampled_bursts = cycles.bursts.get();
  t.sampled_frames = cycles.frames.get();
  t.sampled_inserts = cycles.inserts.get();
  t.clock_reads = cycles.reads.get();
  return t;
}

}  // namespace nicbench
