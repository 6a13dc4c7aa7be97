// When may the control plane use memory again that the data path may still be reading? After a grace period: once
// each data-path worker has been between two bursts (McKenney, Slingwine: "Read-copy update", 1998; here its
// quiescent-state form, as in liburcu and DPDK's rte_rcu_qsbr).
//
// Workers say that they are between bursts by a load and a store. The control plane never waits: what was taken out of
// use is kept with the period in which that was, and comes back once all workers have been seen in a later one.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nicbench {

class Grace {
 public:
  explicit Grace(std::size_t workers) : seen_(workers) {}

  // Of the data path. A worker that has not joined, or has left, is between bursts. One joins while nothing is retired:
  // else it could read what was given away just before it was seen to be there.
  void join(std::size_t worker) noexcept { quiesce(worker); }
  void leave(std::size_t worker) noexcept { seen_[worker].period.store(kAway, std::memory_order_release); }
  // Holds no reference to anything that the classifier gave it. Stores only what is new, so that the line stays with
  // those who read it.
  void quiesce(std::size_t worker) noexcept {
    const std::uint64_t now = period_.load(std::memory_order_acquire);
    auto& seen = seen_[worker].period;
    if (seen.load(std::memory_order_relaxed) != now) seen.store(now, std::memory_order_release);
  }

  // Of the control plane: the period in which something was taken out of use; its memory is free when over(period).
  std::uint64_t retire() noexcept { return period_.fetch_add(1, std::memory_order_acq_rel); }
  bool over(std::uint64_t period) noexcept {
    if (period < done_) return true;
    std::uint64_t least = period_.load(std::memory_order_relaxed);
    for (const Seen& seen : seen_) {
      const std::uint64_t other = seen.period.load(std::memory_order_acquire);
      if (other < least) least = other;
    }
    done_ = least;
    return period < done_;
  }

 private:
  static constexpr std::uint64_t kAway = ~std::uint64_t{0};
  struct alignas(64) Seen {
    std::atomic<std::uint64_t> period{kAway};
  };

  std::vector<Seen> seen_;
  alignas(64) std::atomic<std::uint64_t> period_{1};
  alignas(64) std::uint64_t done_ = 0;  // the control plane's: all periods below are over
};

}  // namespace nicbench
