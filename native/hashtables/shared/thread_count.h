// A count to which many threads add: each to a cache line of its own (for the first 64 threads), so that counting does
// not make them wait for each other. Reading adds all lines up.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace nicbench {

namespace thread_count_detail {
inline std::atomic<unsigned> next_thread{1};
inline constinit thread_local unsigned this_thread = 0;  // 0: has not counted yet

inline unsigned thread_number() noexcept {
  if (this_thread == 0) this_thread = next_thread.fetch_add(1, std::memory_order_relaxed);
  return this_thread;
}
}  // namespace thread_count_detail

class ThreadCount {
 public:
  void add(std::int64_t n) noexcept {
    cells_[thread_count_detail::thread_number() % kCells].value.fetch_add(n, std::memory_order_relaxed);
  }
  // While no other thread adds, ever.
  void add_alone(std::int64_t n) noexcept {
    auto& value = cells_[0].value;
    value.store(value.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  // Exact while no thread adds.
  std::size_t sum() const noexcept {
    std::int64_t total = 0;
    for (const Cell& cell : cells_) total += cell.value.load(std::memory_order_relaxed);
    return total < 0 ? 0 : static_cast<std::size_t>(total);
  }
  void reset() noexcept {
    for (Cell& cell : cells_) cell.value.store(0, std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kCells = 64;
  struct alignas(64) Cell {
    std::atomic<std::int64_t> value{0};
  };
  std::array<Cell, kCells> cells_;
};

}  // namespace nicbench
