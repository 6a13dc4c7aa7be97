// Waiting for another core: spin for about a microsecond, then let other threads have the CPU, among which may be the
// one that is waited for. Without the second part a machine with more threads than cores waits out whole time slices.
#pragma once

#include <sched.h>

#include "common/clock.h"

namespace nicbench {

class Wait {
 public:
  void operator()() noexcept {
    if (spins_ < kSpins) {
      ++spins_;
      cpu_relax();
    } else {
      sched_yield();
    }
  }

 private:
  static constexpr unsigned kSpins = 64;
  unsigned spins_ = 0;
};

}  // namespace nicbench
