// Threads that measure at the same time: each waits for all others before its clock starts, so that no clocked call
// runs while the others are making keys.
#pragma once

#include <atomic>
#include <cstdint>

#include "hashtables/shared/wait.h"

namespace nicbench {

class Together {
 public:
  explicit Together(std::uint32_t threads) noexcept : threads_(threads) {}

  // Returns when all threads have called it: true if all of them wanted it. All get the same answer.
  bool all(bool wanted) noexcept {
    const std::uint64_t round = round_.load(std::memory_order_acquire);
    if (!wanted) refused_.store(true, std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      arrived_.store(0, std::memory_order_relaxed);
      answer_.store(!refused_.exchange(false, std::memory_order_relaxed), std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
    } else {
      for (Wait wait; round_.load(std::memory_order_acquire) == round; wait()) {
      }
    }
    return answer_.load(std::memory_order_relaxed);
  }

 private:
  const std::uint32_t threads_;
  std::atomic<std::uint32_t> arrived_{0};
  std::atomic<bool> refused_{false};
  std::atomic<bool> answer_{true};
  std::atomic<std::uint64_t> round_{0};
};

}  // namespace nicbench
