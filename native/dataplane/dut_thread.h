// The thread of a DUT's worker, and whether it had its CPU.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <thread>
#include <vector>

#include "common/affinity.h"
#include "common/clock.h"
#include "dataplane/worker.h"

namespace nicbench {

// Is each thread of a trial pinned to a CPU that no other has, so that none need yield?
inline bool have_own_cpus(std::vector<int> cpus, int generator_cpu) {
  cpus.push_back(generator_cpu);
  std::sort(cpus.begin(), cpus.end());
  return cpus.front() >= 0 && std::adjacent_find(cpus.begin(), cpus.end()) == cpus.end();
}

// A worker's thread, running from construction to destruction.
template <class Wire, class Tracker>
class DutThread {
 public:
  // most: frames in a burst. slowdown: share by which its rate is to fall.
  DutThread(Wire lane, Tracker& tracker, int cpu, WhenIdle when_idle, std::size_t most, double slowdown = 0)
      : thread_([this, lane, &tracker, cpu, when_idle, most, slowdown] {
          try {
            pin_this_thread(cpu, "nicbench-dut");
          } catch (...) {
            error_ = std::current_exception();
          }
          ready_.store(true, std::memory_order_release);
          if (error_) return;
          run_worker(lane, tracker, counters_, stall_, when_idle, most, Slowdown(slowdown), stop_);
          switches_ = involuntary_switches();
        }) {
    while (!ready_.load(std::memory_order_acquire)) std::this_thread::yield();
    if (!error_) return;
    thread_.join();
    std::rethrow_exception(error_);
  }

  ~DutThread() { join(); }

  void join() {
    stop_.store(true, std::memory_order_relaxed);
    if (thread_.joinable()) thread_.join();
  }

  const WorkerCounters& counters() const noexcept { return counters_; }
  Stall& stall() noexcept { return stall_; }
  pthread_t thread() noexcept { return thread_.native_handle(); }
  // Valid after join().
  std::uint64_t switches() const noexcept { return switches_; }

 private:
  std::exception_ptr error_;
  std::atomic<bool> ready_{false};
  std::atomic<bool> stop_{false};
  std::uint64_t switches_ = 0;
  WorkerCounters counters_;
  Stall stall_;
  std::thread thread_;  // last: starts when all else is there
};

// The share of a stretch of time for which threads had their CPUs.
class CpuShare {
 public:
  explicit CpuShare(pthread_t thread) : thread_(thread), cpu_(cpu_seconds(thread)), start_(monotonic_ns()) {}
  double now() const {
    return std::min(1.0, (cpu_seconds(thread_) - cpu_) / (static_cast<double>(monotonic_ns() - start_) * 1e-9));
  }

 private:
  pthread_t thread_;
  double cpu_;
  std::uint64_t start_;
};

}  // namespace nicbench
