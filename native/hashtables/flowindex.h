// `flowindex`: nicbench's own table for trackers: an index of tags and numbers (flow_index.h), and entries somewhere
// else, one after the other, that never move.
//
// Where entries are kept anyway, by number, the index is all there is to the table: a connection tracker has a line a
// flow, with the flow's key in it, and takes `Index` alone (dataplane/flow_directory.h). For everybody else
// FlowindexTable has an array of entries of its own.
//
// Costs at 80 % load. hit: 1.06 lines of the index, and the entry's (IPv4 with 4 bytes: 24 bytes, 1.25 lines).
// miss: 1.06 lines. Bytes a slot: 6.4, and the entry's 24 (IPv6: 48). Fills to 97 %.
//
// Sized once, no rehash. Nothing is allocated after construction. Threads: one writer, no concurrent reader.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>

#include "common/bits.h"
#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/flow_index.h"
#include "hashtables/flow_table.h"
#include "packet/hash.h"

namespace nicbench {

// A FlowIndex by key. Hash: another one for tests.
template <class K, class Hash = TupleHash>
class KeyIndex : public FlowIndex {
 public:
  using Key = K;

  explicit KeyIndex(const TableOptions& options) : FlowIndex(options), hash_(options.seed) {}

  using FlowIndex::place_of;
  Place place_of(const Key& key) const noexcept { return FlowIndex::place_of(hash_(key)); }

  // Their places, whose lines are then on their way.
  template <Access kAccess>
  void aim(std::span<const Key> keys, Place* places) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      places[i] = place_of(keys[i]);
      prefetch<kAccess>(places[i]);
    }
  }

 private:
  Hash hash_;
};

template <class K, class V, class Hash = TupleHash>
class FlowindexTable {
 public:
  using Key = K;
  using Value = V;
  using Index = KeyIndex<Key, Hash>;
  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>);

  // Keys between start() and finish().
  struct Pending {
    FlowIndex::Place places[kMaxBurst];
    FlowIndex::Number numbers[kMaxBurst];  // candidates
    std::uint64_t changes;                 // of the table before start(): numbers may be of other keys since
  };

  explicit FlowindexTable(const TableOptions& options)
      : index_(options), entries_(entries_for(options), options.huge_pages) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    return insert_at(index_.place_of(key), key, value);
  }

  bool find(const Key& key, Value& value) const noexcept {
    const FlowIndex::Number number = number_of(index_.place_of(key), key);
    if (number == FlowIndex::kNone) return false;
    value = entries_[number].value;
    return true;
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    Pending pending;
    start(keys, pending);
    return compare(keys, pending, values);
  }

  void start(std::span<const Key> keys, Pending& pending) const noexcept {
    index_.template aim<Access::kRead>(keys, pending.places);
    choose(keys.size(), pending);
  }

  std::uint64_t finish(std::span<const Key> keys, Pending& pending, std::span<Value> values) const noexcept {
    if (pending.changes != changes_) choose(keys.size(), pending);
    return compare(keys, pending, values);
  }

  void insert_burst(std::span<const Key> keys, std::span<const Value> values,
                    std::span<InsertResult> results) noexcept {
    FlowIndex::Place places[kMaxBurst];
    index_.template aim<Access::kWrite>(keys, places);
    for (std::size_t i = 0; i < keys.size(); ++i) results[i] = insert_at(places[i], keys[i], values[i]);
  }

  bool erase(const Key& key) noexcept { return erase_at(index_.place_of(key), key); }

  std::uint64_t erase_burst(std::span<const Key> keys) noexcept {
    Pending pending;
    index_.template aim<Access::kWrite>(keys, pending.places);
    choose(keys.size(), pending);
    std::uint64_t erased = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      erased |= std::uint64_t{erase_at(pending.places[i], keys[i])} << i;
    }
    return erased;
  }

  void clear() noexcept {
    index_.clear();
    used_ = 0;
    free_ = FlowIndex::kNone;
    ++changes_;
  }

  [[nodiscard]] std::size_t size() const noexcept { return index_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return entries_.size(); }
  [[nodiscard]] std::size_t memory() const noexcept { return index_.memory() + entries_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return entries_.kind(); }
  // Groups of the index that a find of `key` reads.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept {
    return index_.probe_length(index_.place_of(key));
  }
  [[nodiscard]] std::uint64_t displacements() const noexcept { return index_.displacements(); }

  template <class F>
  void for_each(F&& f) const {
    index_.for_each([&](FlowIndex::Number number) { f(entries_[number].key, entries_[number].value); });
  }

 private:
  struct Entry {
    Key key;  // a free entry: the number of the next free one, in the first bytes
    Value value;
  };

  // One at least: where candidates point that are none.
  std::size_t entries_for(const TableOptions& options) const noexcept {
    return options.slots != 0 ? index_.capacity() : std::max<std::size_t>(options.capacity, 1);
  }

  FlowIndex::Number number_of(const FlowIndex::Place& place, const Key& key) const noexcept {
    return index_.find(place, [&](FlowIndex::Number number) { return entries_[number].key == key; });
  }

  void choose(std::size_t count, Pending& pending) const noexcept {
    index_.candidates(std::span<const FlowIndex::Place>(pending.places, count), pending.numbers);
    pending.changes = changes_;
    for (std::size_t i = 0; i < count; ++i) {
      const auto* entry = reinterpret_cast<const std::uint8_t*>(&entries_[candidate(pending, i)]);
      prefetch_to_read(entry);
      prefetch_to_read(entry + sizeof(Entry) - 1);
    }
  }

  // Without one, some entry: no branch depends on the answer.
  static FlowIndex::Number candidate(const Pending& pending, std::size_t i) noexcept {
    return pending.numbers[i] == FlowIndex::kNone ? 0 : pending.numbers[i];
  }

  std::uint64_t compare(std::span<const Key> keys, const Pending& pending, std::span<Value> values) const noexcept {
    std::uint64_t hits = 0, wrong = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Entry& entry = entries_[candidate(pending, i)];
      const bool found = pending.numbers[i] != FlowIndex::kNone, same = entry.key == keys[i];
      values[i] = entry.value;
      hits |= std::uint64_t{found && same} << i;
      wrong |= std::uint64_t{found && !same} << i;
    }
    for_each_bit(wrong, [&](std::size_t i) { hits |= std::uint64_t{find(keys[i], values[i])} << i; });
    return hits;
  }

  InsertResult insert_at(const FlowIndex::Place& place, const Key& key, const Value& value) noexcept {
    if (number_of(place, key) != FlowIndex::kNone) return InsertResult::kExists;
    const FlowIndex::Number number = free_ != FlowIndex::kNone ? free_ : used_;
    if (number == entries_.size() || !index_.insert(place, number)) return InsertResult::kFull;
    if (number == free_) {
      std::memcpy(&free_, &entries_[number].key, sizeof free_);
    } else {
      ++used_;
    }
    entries_[number] = {key, value};
    ++changes_;
    return InsertResult::kInserted;
  }

  bool erase_at(const FlowIndex::Place& place, const Key& key) noexcept {
    const FlowIndex::Number number = number_of(place, key);
    if (number == FlowIndex::kNone) return false;
    index_.erase(place, number);
    std::memcpy(static_cast<void*>(&entries_[number].key), &free_, sizeof free_);
    free_ = number;
    ++changes_;
    return true;
  }

  Index index_;
  PageArray<Entry> entries_;
  FlowIndex::Number used_ = 0;                 // entries ever used
  FlowIndex::Number free_ = FlowIndex::kNone;  // last freed
  std::uint64_t changes_ = 0;
};

}  // namespace nicbench
