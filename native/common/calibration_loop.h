// How fast are these CPUs, right now? A fixed piece of work before and after a trial, which tells a host that changed
// from a device under test that did.
//
// Stolen time does not show what a neighbour does: who shares a core's execution units, its clock or the way between
// two cores takes no time away, and still makes everything slower. The loop therefore measures two things:
//
//   work      independent multiplications that fill the core's pipelines, from its first-level cache alone. Each CPU
//             at the same time as the others, as in a trial
//   hand-over a cache line to the next CPU and back, as each burst of a wire in memory takes
//
// Each is the median of short rounds, so that a tick of the kernel in one of them does not count.
#pragma once

#include <cstdint>
#include <span>

namespace nicbench {

struct CalibrationReading {
  double work_ns = 0;       // of a round's unit of work, on the slowest of the CPUs
  double hand_over_ns = 0;  // there and back, between the first two CPUs; 0 where there is one
  // All clocks at the end, to be compared with those of another reading. wall: since 1970, as the host sets it.
  double tsc_seconds = 0;
  double monotonic_seconds = 0;
  double wall_seconds = 0;
};

// Takes about 2 ms on threads of its own. Throws UserError CPU_UNAVAILABLE, std::invalid_argument without a CPU.
// cpus: all different.
CalibrationReading read_calibration(std::span<const int> cpus);

}  // namespace nicbench
