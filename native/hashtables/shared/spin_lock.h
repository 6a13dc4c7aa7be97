// Spinning locks, with the interfaces of std::mutex and std::shared_mutex.
#pragma once

#include <atomic>
#include <cstdint>

#include "hashtables/shared/wait.h"

namespace nicbench {

// Test and test-and-set. Not fair; a ticket lock would be, but hands the lock on in order also to a thread that has
// lost its CPU, and then all wait for the scheduler.
class SpinLock {
 public:
  void lock() noexcept {
    for (Wait wait; !try_lock(); wait()) {
    }
  }
  bool try_lock() noexcept {
    return !held_.load(std::memory_order_relaxed) && !held_.exchange(true, std::memory_order_acquire);
  }
  void unlock() noexcept { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

// Many readers or one writer; a writer that waits keeps new readers out, since readers that come burst after burst
// would starve it (as they do with pthread_rwlock, which std::shared_mutex is on Linux). Readers write to the lock's
// line too: it wanders between their cores, which is what a readers-writer lock costs.
class SpinRwLock {
 public:
  void lock() noexcept {
    for (Wait wait; (state_.fetch_or(kWriter, std::memory_order_acquire) & kWriter) != 0; wait()) {
    }
    for (Wait wait; state_.load(std::memory_order_acquire) != kWriter; wait()) {
    }
  }
  void unlock() noexcept { state_.fetch_and(~kWriter, std::memory_order_release); }

  void lock_shared() noexcept {
    for (Wait wait; (state_.fetch_add(kReader, std::memory_order_acquire) & kWriter) != 0; wait()) {
      state_.fetch_sub(kReader, std::memory_order_relaxed);
      while ((state_.load(std::memory_order_relaxed) & kWriter) != 0) wait();
    }
  }
  void unlock_shared() noexcept { state_.fetch_sub(kReader, std::memory_order_release); }

 private:
  static constexpr std::uint32_t kWriter = 1, kReader = 2;
  std::atomic<std::uint32_t> state_{0};
};

}  // namespace nicbench
