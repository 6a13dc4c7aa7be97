// How a trial ends that does not come to its planned end.
#pragma once

#include <atomic>
#include <new>
#include <string>

#include "common/user_error.h"

namespace nicbench {

// Throws UserError STOPPED.
inline void throw_if_stopped(const std::atomic<bool>& stop) {
  if (stop.load()) throw UserError("STOPPED", "The trial was stopped before its end.", "");
}

// Runs a trial and returns its result. Throws UserError: as the trial does, STOPPED, or OUT_OF_MEMORY with what the
// memory was needed for ("the frames of the trial") and advice.
template <class Run>
auto run_to_end(const std::atomic<bool>& stop, const std::string& needed_for, const std::string& advice, Run&& run) {
  try {
    auto result = run();
    throw_if_stopped(stop);
    return result;
  } catch (const std::bad_alloc&) {
    throw UserError("OUT_OF_MEMORY", "This host has too little memory for " + needed_for + ".", advice);
  }
}

}  // namespace nicbench
