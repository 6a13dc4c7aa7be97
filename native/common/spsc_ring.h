// Bounded ring between one producer and one consumer thread, moved in bursts.
//
// Each side keeps a private copy of the other side's index and reads the shared one only when the copy
// says that the ring is full (empty), so that in steady state a burst costs one store of an index and the
// lines of its items (as in FastForward, Giacomoni et al., PPoPP 2008, and MCRingBuffer, Lee et al., 2010).
//
//   order    the producer's release store of tail_ publishes the items; the consumer's acquire load sees them.
//            The consumer's release store of head_ gives the slots back; the producer's acquire load sees that.
//   cost     one uncontended store a burst, two cache-line transfers a burst when the sides keep pace
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

namespace nicbench {

template <class Item>
class SpscRing {
  static_assert(std::is_trivially_copyable_v<Item>);

 public:
  // Holds at least `slots` items, rounded up to a power of two.
  explicit SpscRing(std::size_t slots)
      : mask_(std::bit_ceil(std::max<std::size_t>(slots, 2)) - 1), items_(std::make_unique<Item[]>(mask_ + 1)) {}

  std::size_t capacity() const noexcept { return mask_ + 1; }

  // Producer: appends a prefix of `items`, returns its length.
  std::size_t push(std::span<const Item> items) noexcept {
    const std::size_t tail = producer_.index.load(std::memory_order_relaxed);
    if (capacity() - (tail - producer_.other) < items.size()) {
      producer_.other = consumer_.index.load(std::memory_order_acquire);
    }
    const std::size_t count = std::min(items.size(), capacity() - (tail - producer_.other));
    for (std::size_t i = 0; i < count; ++i) items_[(tail + i) & mask_] = items[i];
    producer_.index.store(tail + count, std::memory_order_release);
    return count;
  }

  // Consumer: takes up to out.size() items, returns how many.
  std::size_t pop(std::span<Item> out) noexcept {
    const std::size_t head = consumer_.index.load(std::memory_order_relaxed);
    if (consumer_.other - head < out.size()) consumer_.other = producer_.index.load(std::memory_order_acquire);
    const std::size_t count = std::min(out.size(), consumer_.other - head);
    if (count == 0) return 0;
    for (std::size_t i = 0; i < count; ++i) out[i] = items_[(head + i) & mask_];
    consumer_.index.store(head + count, std::memory_order_release);
    return count;
  }

 private:
  // One line a side: its own index, and its copy of the other's.
  struct alignas(128) Side {
    std::atomic<std::size_t> index{0};
    std::size_t other = 0;
  };

  const std::size_t mask_;
  const std::unique_ptr<Item[]> items_;
  Side producer_;
  Side consumer_;
};

}  // namespace nicbench
