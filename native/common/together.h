// The same work on several threads, which begin at the same time.
#pragma once

#include <cstddef>
#include <exception>
#include <latch>
#include <span>
#include <thread>
#include <vector>

#include "common/affinity.h"

namespace nicbench {

// Calls work(thread) on a thread of its own for each of cpus; -1: any. Of a single one, on the calling thread, which it
// leaves where it is. Returns when all are done. Throws UserError CPU_UNAVAILABLE, or what one of them has thrown.
template <class Work>
void run_together(std::span<const int> cpus, const char* name, Work&& work) {
  if (cpus.size() == 1) {
    work(std::size_t{0});
    return;
  }
  std::latch ready(static_cast<std::ptrdiff_t>(cpus.size()));
  std::vector<std::exception_ptr> broken(cpus.size());
  const auto run = [&](std::size_t i) {
    try {
      pin_this_thread(cpus[i], name);
    } catch (...) {
      broken[i] = std::current_exception();
    }
    ready.arrive_and_wait();  // even so: the others wait for it
    if (broken[i]) return;
    try {
      work(i);
    } catch (...) {
      broken[i] = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  threads.reserve(cpus.size());
  for (std::size_t i = 0; i < cpus.size(); ++i) threads.emplace_back(run, i);
  for (std::thread& thread : threads) thread.join();
  for (const std::exception_ptr& error : broken) {
    if (error) std::rethrow_exception(error);
  }
}

}  // namespace nicbench
