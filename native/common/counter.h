// Statistics counters that another thread may read while they run.
#pragma once

#include <atomic>
#include <cstdint>

namespace nicbench {

// One writer and any number of readers; add() is a plain load, add and store.
class Counter {
 public:
  void add(std::uint64_t n) noexcept { value_.store(get() + n, std::memory_order_relaxed); }
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t get() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace nicbench
