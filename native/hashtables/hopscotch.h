// `hopscotch`: open addressing in which every key stays within 63 slots of its home (Herlihy, Shavit, Tzafrir:
// "Hopscotch Hashing", DISC 2008; tsl::hopscotch_map).
//
// Layout. One array of slots, each with a 64-bit map of its neighbourhood, key and value: bit d of slot h is set if
// slot h + d holds a key whose home is h. Bit 63 says that the slot itself is taken. kNeighbours - 1 slots behind the
// last home catch its neighbourhood.
//
// Costs. find reads the home's map and then exactly the slots of its set bits: 1 to 2 lines, whatever the load, since a
// neighbourhood spans a few lines next to each other. insert looks for a free slot by linear probing, up to kReach
// slots away, and moves it closer by displacing keys towards the free end ("hops") until it lies in the neighbourhood.
// erase clears a bit and a flag.
//
// When no free slot can be brought near, the insert is refused (the original grows its table, tsl's puts the key into
// an overflow list): with a neighbourhood of 63, random keys reach a load factor above 90 %; with 31 only 81 %. The
// constructor takes the capacity asked for at kTargetLoad.
//
// Correct because a hop copies the key first, then sets the new bit and clears the old one in its home's map: every key
// is in the neighbourhood of its home between any two calls, and find looks at all of it.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/flow_table.h"
#include "packet/hash.h"

namespace nicbench {

template <class K, class V>
class HopscotchTable {
 public:
  using Key = K;
  using Value = V;

  static constexpr std::size_t kNeighbours = 63;
  static constexpr std::size_t kReach = 4096;  // slots searched for a free one
  static constexpr double kTargetLoad = 0.85;

  explicit HopscotchTable(const TableOptions& options)
      : homes_(homes_for(options)), hash_(options.seed), slots_(homes_ + kNeighbours - 1, options.huge_pages) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    const std::size_t home = reduce(hash_(key), homes_);
    if (locate(key, home) != kNowhere) return InsertResult::kExists;
    std::size_t slot = free_slot(home);
    while (slot != kNowhere && slot - home >= kNeighbours) slot = hop_closer(slot);
    if (slot == kNowhere) return InsertResult::kFull;
    slots_[slot].key = key;
    slots_[slot].value = value;
    slots_[slot].map |= kTaken;
    slots_[home].map |= std::uint64_t{1} << (slot - home);
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    const std::size_t slot = locate(key, reduce(hash_(key), homes_));
    if (slot == kNowhere) return false;
    value = slots_[slot].value;
    return true;
  }

  // Two passes: hash and prefetch every home, then look through its neighbourhood.
  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    std::size_t homes[kMaxBurst];
    for (std::size_t i = 0; i < keys.size(); ++i) {
      homes[i] = reduce(hash_(keys[i]), homes_);
      prefetch_to_read(&slots_[homes[i]]);
      prefetch_to_read(reinterpret_cast<const std::byte*>(&slots_[homes[i]]) + kCacheLine);
    }
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::size_t slot = locate(keys[i], homes[i]);
      if (slot == kNowhere) continue;
      values[i] = slots_[slot].value;
      hits |= std::uint64_t{1} << i;
    }
    return hits;
  }

  bool erase(const Key& key) noexcept {
    const std::size_t home = reduce(hash_(key), homes_);
    const std::size_t slot = locate(key, home);
    if (slot == kNowhere) return false;
    slots_[home].map &= ~(std::uint64_t{1} << (slot - home));
    slots_[slot].map &= ~kTaken;
    --size_;
    return true;
  }

  void clear() noexcept {
    for (Slot& slot : slots_) slot.map = 0;
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return slots_.size(); }
  [[nodiscard]] std::size_t memory() const noexcept { return slots_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return slots_.kind(); }
  // Entries moved by all inserts so far.
  [[nodiscard]] std::uint64_t displacements() const noexcept { return displacements_; }
  // Keys that a find of `key` compares.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept {
    const std::size_t home = reduce(hash_(key), homes_);
    const std::size_t slot = locate(key, home);
    const std::uint64_t map = slots_[home].map & ~kTaken;
    if (slot == kNowhere) return static_cast<std::size_t>(std::popcount(map));
    return static_cast<std::size_t>(std::popcount(map & ((std::uint64_t{2} << (slot - home)) - 1)));
  }

  template <class F>
  void for_each(F&& f) const {
    for (const Slot& slot : slots_) {
      if ((slot.map & kTaken) != 0) f(slot.key, slot.value);
    }
  }

 private:
  struct Slot {
    std::uint64_t map;  // bits 0..62: neighbours whose home this is; bit 63: this slot is taken
    Key key;
    Value value;
  };
  static constexpr std::uint64_t kTaken = std::uint64_t{1} << 63;
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  static std::size_t homes_for(const TableOptions& options) {
    if (std::max(options.capacity, options.slots) > (std::size_t{1} << 31)) {
      throw std::length_error("hopscotch: capacity above 2^31 entries");
    }
    if (options.slots != 0) return std::max(options.slots, kNeighbours) - kNeighbours + 1;
    return static_cast<std::size_t>(static_cast<double>(options.capacity) / kTargetLoad) + 1;
  }

  std::size_t locate(const Key& key, std::size_t home) const noexcept {
    for (std::uint64_t map = slots_[home].map & ~kTaken; map != 0; map &= map - 1) {
      const std::size_t slot = home + static_cast<std::size_t>(std::countr_zero(map));
      if (slots_[slot].key == key) return slot;
    }
    return kNowhere;
  }

  std::size_t free_slot(std::size_t home) const noexcept {
    const std::size_t end = std::min(slots_.size(), home + kReach);
    for (std::size_t slot = home; slot < end; ++slot) {
      if ((slots_[slot].map & kTaken) == 0) return slot;
    }
    return kNowhere;
  }

  // Moves a key from before the free slot into it, the farthest one that may move; returns the slot it freed, or
  // kNowhere if none may.
  std::size_t hop_closer(std::size_t free) noexcept {
    const std::size_t first = free >= kNeighbours - 1 ? free - (kNeighbours - 1) : 0;
    for (std::size_t home = first; home < free && home < homes_; ++home) {
      const std::uint64_t map = slots_[home].map & ~kTaken;
      if (map == 0) continue;
      const std::size_t from = home + static_cast<std::size_t>(std::countr_zero(map));
      if (from >= free) continue;
      slots_[free].key = slots_[from].key;
      slots_[free].value = slots_[from].value;
      slots_[free].map |= kTaken;
      slots_[home].map ^= std::uint64_t{1} << (from - home) | std::uint64_t{1} << (free - home);
      slots_[from].map &= ~kTaken;
      ++displacements_;
      return from;
    }
    return kNowhere;
  }

  std::size_t homes_;
  TupleHash hash_;
  PageArray<Slot> slots_;
  std::size_t size_ = 0;
  std::uint64_t displacements_ = 0;
};

}  // namespace nicbench
