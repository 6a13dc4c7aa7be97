// Where flows live: their states and keys, by number; and who may use which numbers.
//
// An IPv4 key is in its flow's line, unless that is full of TCP windows; else keys have an array of their own.
//
// Numbers are handed to cores in blocks, for good: a core allocates from its own blocks without any atomic operation,
// and the states that it sweeps when it looks for expired flows lie together and are its own. Taking a block is one
// fetch_add, every kBlock new flows at the most. The price: a flow number that core A freed is not given to core B, so
// that after a shift of load between cores A may hold free numbers while B is refused some. Give a shared store
// kBlock * cores numbers more than the flows it must hold.
//
// Free numbers of a core are a list through the states themselves (last_end), last freed first: its line is the one
// most likely in the cache.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "dataplane/flow_key.h"
#include "dataplane/flow_state.h"

namespace nicbench {

template <class Key>
class FlowStore {
 public:
  static constexpr std::uint32_t kBlock = 1024;

  // tcp_windows: states hold them. Throws std::bad_alloc, std::length_error.
  FlowStore(std::size_t capacity, bool huge_pages, bool tcp_windows)
      : states_(checked(capacity), huge_pages),
        keys_in_states_(kFits && !tcp_windows),
        keys_(keys_in_states_ ? 0 : capacity, huge_pages) {}

  std::size_t capacity() const noexcept { return states_.size(); }
  std::size_t memory() const noexcept { return states_.bytes() + keys_.bytes(); }

  bool has_room_for_windows() const noexcept { return !keys_in_states_; }

  FlowState& state(std::uint32_t flow) const noexcept { return states_[flow]; }
  // The canonical key of a live flow.
  Key key(std::uint32_t flow) const noexcept {
    if (!keys_in_states_) return keys_[flow];
    Key key;
    if constexpr (kFits) std::memcpy(static_cast<void*>(&key), states_[flow].key, sizeof key);
    return key;
  }
  void set_key(std::uint32_t flow, const Key& key) const noexcept {
    if (!keys_in_states_) {
      keys_[flow] = key;
    } else if constexpr (kFits) {
      std::memcpy(states_[flow].key, &key, sizeof key);
    }
  }
  // For a state that is near.
  void prefetch_key(std::uint32_t flow) const noexcept {
    if (keys_in_states_) return;
    const auto* key = reinterpret_cast<const std::uint8_t*>(&keys_[flow]);
    prefetch_to_read(key);
    prefetch_to_read(key + sizeof(Key) - 1);
  }

  // First number of a block that is the caller's from now on; capacity() if there are none left. Thread-safe.
  std::uint32_t take_block() noexcept {
    const std::size_t first = next_.fetch_add(kBlock, std::memory_order_relaxed);
    if (first < capacity()) return static_cast<std::uint32_t>(first);
    next_.fetch_sub(kBlock, std::memory_order_relaxed);
    return static_cast<std::uint32_t>(capacity());
  }

 private:
  static constexpr bool kFits = sizeof(Key) <= sizeof(FlowState::key);

  static std::size_t checked(std::size_t capacity) {
    if (capacity > kMaxFlows - kBlock) throw std::length_error("a tracker holds at most 2^31 - 1025 flows");
    return capacity;
  }

  PageArray<FlowState> states_;  // zeroed: no state is live
  const bool keys_in_states_;
  PageArray<Key> keys_;
  std::atomic<std::size_t> next_{0};
};

// The flow numbers of one core.
template <class Key>
class FlowNumbers {
 public:
  explicit FlowNumbers(FlowStore<Key>& store) : store_(store) {
    blocks_.reserve(store.capacity() / FlowStore<Key>::kBlock + 1);
  }

  // A number for a new flow; kNoFlow if there is none. Its state is as its last flow left it.
  std::uint32_t take() noexcept {
    if (free_ != kNoFlow) {
      const std::uint32_t flow = free_;
      free_ = store_.state(flow).last_end;
      if (free_ != kNoFlow) prefetch_to_write(&store_.state(free_));
      return flow;
    }
    if (fresh_ == fresh_end_ && !grow()) return kNoFlow;
    return fresh_++;
  }

  void give_back(std::uint32_t flow) noexcept {
    store_.state(flow).last_end = free_;
    free_ = flow;
  }

  // All numbers that were ever taken, as [0, used()): for sweeps. at(i) is the i-th, in memory order within a block.
  std::size_t used() const noexcept {
    if (blocks_.empty()) return 0;
    return (blocks_.size() - 1) * FlowStore<Key>::kBlock + (fresh_ - blocks_.back());
  }
  std::uint32_t at(std::size_t i) const noexcept {
    return blocks_[i / FlowStore<Key>::kBlock] + static_cast<std::uint32_t>(i % FlowStore<Key>::kBlock);
  }

 private:
  bool grow() noexcept {
    const std::uint32_t first = store_.take_block();
    if (first == store_.capacity()) return false;
    blocks_.push_back(first);  // reserved: does not allocate
    fresh_ = first;
    fresh_end_ = static_cast<std::uint32_t>(
        std::min<std::size_t>(first + std::size_t{FlowStore<Key>::kBlock}, store_.capacity()));
    return true;
  }

  FlowStore<Key>& store_;
  std::vector<std::uint32_t> blocks_;
  std::uint32_t free_ = kNoFlow;
  std::uint32_t fresh_ = 0;
  std::uint32_t fresh_end_ = 0;
};

}  // namespace nicbench
