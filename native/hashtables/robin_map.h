// `robin-map`: open addressing with linear probing and robin hood insertion, backward-shift deletion
// (Celis: "Robin Hood Hashing", PhD thesis, Waterloo 1986; tsl::robin_map, which the HPSR 2021 trackers use).
//
// Layout. One array of slots: distance from home plus one (0: free), part of the hash, key, value. A key sits in the
// first slot of its run whose occupant is closer to its own home: the rich give way to the poor, so that all keys of
// a run are ordered by distance and no key is much farther from home than the others.
//
// Costs. find reads slots in sequence from the key's home and stops at the first occupant that is closer to its home
// than the key would be: about 1.5 lines at 50 % load, 3 at 80 %, 12 at 95 %. insert reads the same and then moves the
// rest of the run by one slot each: expected work grows with 1 / (1 - load)^2, which is what "explodes near a full
// table" means in the paper. erase shifts the run's tail back, so there are no tombstones and old tables are as good as
// new.
//
// Sized once: the original doubles its array at a load factor of 0.5; here the constructor takes the capacity asked for
// at kTargetLoad and the table fills until the last slot. Distances are 16 bits; an insert that would need
// more is refused (kFull), which takes crafted keys or a load beyond 99 %.
//
// Correct because every run is ordered: the invariant "a key's distance is at least its left neighbour's plus one, or
// that neighbour belongs to an earlier home" holds after every shift in either direction.
//
// Threads: one.
#pragma once

#include <algorithm>
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
class RobinMapTable {
 public:
  using Key = K;
  using Value = V;

  static constexpr double kTargetLoad = 0.9;

  explicit RobinMapTable(const TableOptions& options)
      : count_(slots_for(options)), hash_(options.seed), slots_(count_, options.huge_pages) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    const Probe probe = probe_for(key);
    if (probe.found) return InsertResult::kExists;
    if (size_ == count_ || probe.distance >= kMaxDistance || !room_to_shift(probe.slot)) return InsertResult::kFull;
    shift_right(probe.slot);
    slots_[probe.slot] = {key, value, static_cast<std::uint16_t>(probe.distance), probe.tag};
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    const Probe probe = probe_for(key);
    if (!probe.found) return false;
    value = slots_[probe.slot].value;
    return true;
  }

  // Two passes: hash and prefetch every home, then probe.
  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    std::uint64_t hashes[kMaxBurst];
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hashes[i] = hash_(keys[i]);
      const Slot* home = &slots_[reduce(hashes[i], count_)];
      prefetch_to_read(home);
      prefetch_to_read(reinterpret_cast<const std::byte*>(home) + kCacheLine);
    }
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Probe probe = probe_from(keys[i], hashes[i]);
      if (!probe.found) continue;
      values[i] = slots_[probe.slot].value;
      hits |= std::uint64_t{1} << i;
    }
    return hits;
  }

  bool erase(const Key& key) noexcept {
    const Probe probe = probe_for(key);
    if (!probe.found) return false;
    shift_left(probe.slot);
    --size_;
    return true;
  }

  void clear() noexcept {
    for (Slot& slot : slots_) slot = {};
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return count_; }
  [[nodiscard]] std::size_t memory() const noexcept { return slots_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return slots_.kind(); }
  // Entries moved by all inserts so far.
  [[nodiscard]] std::uint64_t displacements() const noexcept { return displacements_; }
  // Slots that a find of `key` reads.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept { return probe_for(key).distance; }

  template <class F>
  void for_each(F&& f) const {
    for (const Slot& slot : slots_) {
      if (slot.distance != 0) f(slot.key, slot.value);
    }
  }

 private:
  struct Slot {  // 24 bytes with an IPv4 key and a value of 4 bytes
    Key key;
    Value value;
    std::uint16_t distance;  // from home, plus one; 0: free
    std::uint16_t tag;
  };
  // Where the key is, or where it would be put.
  struct Probe {
    std::size_t slot;
    std::size_t distance;  // plus one
    std::uint16_t tag;
    bool found;
  };
  static constexpr std::size_t kMaxDistance = 0xfffe;

  static std::size_t slots_for(const TableOptions& options) {
    if (std::max(options.capacity, options.slots) > (std::size_t{1} << 31)) {
      throw std::length_error("robin-map: capacity above 2^31 entries");
    }
    if (options.slots != 0) return options.slots;
    return static_cast<std::size_t>(static_cast<double>(options.capacity) / kTargetLoad) + 8;
  }

  std::size_t after(std::size_t slot) const noexcept { return slot + 1 == count_ ? 0 : slot + 1; }

  Probe probe_for(const Key& key) const noexcept { return probe_from(key, hash_(key)); }

  Probe probe_from(const Key& key, std::uint64_t hash) const noexcept {
    const auto tag = static_cast<std::uint16_t>(hash);
    std::size_t slot = reduce(hash, count_);
    std::size_t distance = 1;
    for (; distance <= slots_[slot].distance; ++distance, slot = after(slot)) {
      if (slots_[slot].tag == tag && slots_[slot].key == key) return {slot, distance, tag, true};
    }
    return {slot, distance, tag, false};
  }

  // False if moving the run one slot on would push a distance past its 16 bits.
  bool room_to_shift(std::size_t slot) const noexcept {
    for (; slots_[slot].distance != 0; slot = after(slot)) {
      if (slots_[slot].distance > kMaxDistance) return false;
    }
    return true;
  }

  // Moves the occupants from `slot` to the end of their run one slot on. There is a free slot.
  void shift_right(std::size_t slot) noexcept {
    Slot carried = slots_[slot];
    while (carried.distance != 0) {
      slot = after(slot);
      ++carried.distance;
      std::swap(carried, slots_[slot]);
      ++displacements_;
    }
  }

  // Closes the gap at `slot` with the keys behind it that are not at home.
  void shift_left(std::size_t slot) noexcept {
    for (std::size_t next = after(slot); slots_[next].distance > 1; slot = next, next = after(next)) {
      slots_[slot] = slots_[next];
      --slots_[slot].distance;
    }
    slots_[slot].distance = 0;
  }

  std::size_t count_;
  TupleHash hash_;
  PageArray<Slot> slots_;
  std::size_t size_ = 0;
  std::uint64_t displacements_ = 0;
};

}  // namespace nicbench
