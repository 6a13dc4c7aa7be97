// Pinning of data-path threads, and what the scheduler did to them.
#pragma once

#include <pthread.h>
#include <sched.h>

#include <cstdint>

namespace nicbench {

// Pins the calling thread to one CPU and names it for ps and perf; cpu < 0 only names it.
// Throws UserError CPU_UNAVAILABLE if the CPU does not exist or the process may not use it.
void pin_this_thread(int cpu, const char* name);

// Pins the calling thread to one CPU for as long as it lives; cpu < 0 pins nothing. Throws UserError CPU_UNAVAILABLE.
class PinnedForNow {
 public:
  explicit PinnedForNow(int cpu);
  ~PinnedForNow();
  PinnedForNow(const PinnedForNow&) = delete;
  PinnedForNow& operator=(const PinnedForNow&) = delete;

 private:
  const bool pinned_;
  cpu_set_t before_;
};

// Times that the kernel took the CPU away from the calling thread while it wanted to run.
std::uint64_t involuntary_switches();

// CPU time that a thread has had, in seconds. A thread that spins and had less than the time that went by was
// kept waiting for its CPU.
double cpu_seconds(pthread_t thread);

}  // namespace nicbench
