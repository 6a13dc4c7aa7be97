// What the machine itself can do with a working set: the roof that every table is held against.
//
//   line reads      independent, random 64-byte lines a second, a burst of 32 prefetched before its first read: a table
//                   that reads one line a lookup and computes nothing would reach this
//   dependent read  latency of a random line whose address comes from the line before: what each link of a chain costs
//   sequential      bytes a second, reading the working set from end to end
#pragma once

#include <cstdint>

#include "common/huge_pages.h"
#include "common/random.h"

namespace nicbench {

struct Limits {
  double line_reads_per_s = 0;
  double dependent_read_ns = 0;
  double sequential_bytes_per_s = 0;
  std::uint64_t working_set = 0;  // bytes
  PageKind pages = PageKind::kSmall;
};

// A working set of whole lines, filled for all three measurements. Each takes about the given time.
class LimitProbe {
 public:
  // Throws std::bad_alloc. `bytes` is rounded up to 32 lines at least.
  LimitProbe(std::uint64_t bytes, bool huge_pages);

  // Over the first `bytes` bytes of the working set only, if given.
  double line_reads_per_s(double seconds, std::uint64_t bytes = UINT64_MAX);
  double dependent_read_ns(double seconds);
  double sequential_bytes_per_s(double seconds);
  std::uint64_t bytes() const noexcept { return lines_.bytes(); }
  PageKind pages() const noexcept { return lines_.kind(); }

 private:
  struct alignas(kCacheLine) Line {
    std::uint64_t next;  // of one cycle through all lines in random order
    std::uint64_t payload[7];
  };

  PageArray<Line> lines_;
  Xoshiro256 random_{1};
  std::uint64_t sink_ = 0;
};

// All three, each for `seconds`.
Limits measure_limits(std::uint64_t working_set_bytes, bool huge_pages, double seconds);

}  // namespace nicbench
