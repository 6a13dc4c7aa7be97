// What a tracker counts. One writer, the worker; any thread may read.
//
// Conservation, at all times between two bursts: every frame given to the tracker counts under one cause, and
//
//   created = closed + expired + live
//
// where a flow that ends is `closed` if its protocol had ended it (an RST, or FINs from both ends and their last ACK,
// or it was opened again), else `expired`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "common/counter.h"
#include "dataplane/frame_cause.h"

namespace nicbench {

// Where the time of a frame goes, in ticks, measured on one burst in `sample_every`.
//
//   parse    headers to keys
//   lookup   find_burst, and fetching the states
//   insert   new flows: number, table, state, server or port; with lazy expiry also the steps of its hand
//   expiry   maintenance after the burst
//   rest     TCP states, counters, rewriting
//
// Reading the clock costs clock_read_ticks() and is part of what is measured: `reads` times that is how much of the sum
// is due to measuring. There are 9 readings in a sampled burst and 2 for every insert, so that with one burst of 32
// frames in 64 sampled the worker is slowed down by less than a tenth of a tick a frame.
struct CycleSplit {
  Counter parse, lookup, insert, expiry, rest;
  Counter bursts, frames, inserts;
  Counter reads;
};

struct alignas(128) TrackerCounters {
  std::array<Counter, kFrameCauses> frames;
  Counter created, closed, expired;
  Counter examined;  // flows looked at by expiry
  CycleSplit cycles;

  std::uint64_t frames_of(FrameCause cause) const noexcept { return frames[static_cast<std::size_t>(cause)].get(); }
  std::uint64_t live() const noexcept { return created.get() - closed.get() - expired.get(); }
  // New flows refused, for whatever reason; their frames were dropped.
  std::uint64_t refused() const noexcept {
    return frames_of(FrameCause::kTableFull) + frames_of(FrameCause::kPortsExhausted) +
           frames_of(FrameCause::kTupleInUse);
  }
};

}  // namespace nicbench
