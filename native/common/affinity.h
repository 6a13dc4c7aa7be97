// Pinning of data-path threads, and what the scheduler did to them.
#pragma once

#include <cstdint>

namespace nicbench {

// Pins the calling thread to one CPU and names it for ps and perf; cpu < 0 only names it.
// Throws UserError CPU_UNAVAILABLE if the CPU does not exist or the process may not use it.
void pin_this_thread(int cpu, const char* name);

// Times that the kernel took the CPU away from the calling thread while it wanted to run.
std::uint64_t involuntary_switches();

}  // namespace nicbench
