// Where a tracker finds flows by key: in a table of keys and flow numbers, any FlowTable, or shared with other workers;
// or by an index of numbers alone (hashtables/flowindex.h), whose keys are with the flows.
//
// A table's answers are exact (kExact); an index's are candidates. Whoever asks compares keys, and gives find() the
// means to: same(ref), whether the flow has this key.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/prefetch.h"
#include "dataplane/flow_key.h"
#include "hashtables/flow_index.h"
#include "hashtables/flow_table.h"
#include "io/frame.h"

namespace nicbench {

template <class Table>
concept Indexed = requires {
  typename Table::Index;
};

namespace directory_detail {

template <class Table>
struct Held {
  using Type = Table;
};
template <Indexed Table>
struct Held<Table> {
  using Type = typename Table::Index;
};

// What a table keeps of lookups that it has started; nothing, if it cannot.
template <class Table>
struct PendingLookups {};
template <SplitLookup Table>
struct PendingLookups<Table> : Table::Pending {};

}  // namespace directory_detail

// What a tracker keeps of a table: the table, or its index.
template <FlowTable Table>
using DirectoryTable = typename directory_detail::Held<Table>::Type;

template <FlowTable Table>
class FlowDirectory {
 public:
  using Key = typename Table::Key;
  static constexpr bool kExact = true;  // resolve() never answers with another key's flow
  // Of a burst between start() and resolve().
  using Pending = directory_detail::PendingLookups<Table>;

  explicit FlowDirectory(Table& table) : table_(table) {}

  const Table& table() const noexcept { return table_; }

  // Begins to look up the keys of a burst, kBurst at most.
  void start([[maybe_unused]] std::span<const Key> keys, [[maybe_unused]] Pending& pending) const noexcept {
    if constexpr (SplitLookup<Table>) table_.start(keys, pending);
  }
  // Their flows, or kNoFlow.
  void resolve(std::span<const Key> keys, [[maybe_unused]] Pending& pending, std::span<FlowRef> refs) const noexcept {
    std::uint64_t hits = 0;
    if constexpr (SplitLookup<Table>) {
      hits = table_.finish(keys, pending, refs);
    } else {
      hits = table_.find_burst(keys, refs);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if ((hits >> i & 1) == 0) refs[i] = kNoFlow;
    }
  }
  // Brings what it takes to insert or find these keys.
  void bring(std::span<const Key> keys) const noexcept {
    std::array<FlowRef, kMaxBurst> unused;
    table_.find_burst(keys, std::span(unused).first(keys.size()));
  }

  template <class Same>
  FlowRef find(const Key& key, Same&& /*same*/) const noexcept {
    FlowRef ref = kNoFlow;
    return table_.find(key, ref) ? ref : kNoFlow;
  }

  // Of a key that is not here.
  InsertResult insert_new(const Key& key, FlowRef ref) noexcept { return table_.insert(key, ref); }
  template <class Same>
  InsertResult insert(const Key& key, FlowRef ref, Same&& /*same*/) noexcept {
    return table_.insert(key, ref);
  }

  void erase(const Key& key, FlowRef /*ref*/) noexcept { table_.erase(key); }
  // kMaxBurst at most.
  void erase_all(std::span<const Key> keys, std::span<const FlowRef> /*refs*/) noexcept {
    if constexpr (BurstErasable<Table>) {
      table_.erase_burst(keys);
    } else {
      bring(keys);
      for (const Key& key : keys) table_.erase(key);
    }
  }

 private:
  Table& table_;
};

template <FlowTable Table>
requires Indexed<Table>
class FlowDirectory<Table> {
 public:
  using Key = typename Table::Key;
  using Index = typename Table::Index;
  static constexpr bool kExact = false;
  static_assert(FlowIndex::kNone == kNoFlow);

  struct Pending {
    FlowIndex::Place places[kBurst];
  };

  explicit FlowDirectory(Index& index) : index_(index) {}

  const Index& table() const noexcept { return index_; }

  void start(std::span<const Key> keys, Pending& pending) const noexcept {
    index_.template aim<Access::kRead>(keys, pending.places);
  }
  void resolve(std::span<const Key> keys, const Pending& pending, std::span<FlowRef> refs) const noexcept {
    index_.candidates(std::span(pending.places).first(keys.size()), refs.data());
  }
  void bring(std::span<const Key> keys) const noexcept {
    for (const Key& key : keys) index_.template prefetch<Access::kWrite>(index_.place_of(key));
  }

  template <class Same>
  FlowRef find(const Key& key, Same&& same) const noexcept {
    return index_.find(index_.place_of(key), same);
  }

  InsertResult insert_new(const Key& key, FlowRef ref) noexcept { return insert_at(index_.place_of(key), ref); }
  template <class Same>
  InsertResult insert(const Key& key, FlowRef ref, Same&& same) noexcept {
    const FlowIndex::Place place = index_.place_of(key);
    return index_.find(place, same) != kNoFlow ? InsertResult::kExists : insert_at(place, ref);
  }

  void erase(const Key& key, FlowRef ref) noexcept { index_.erase(index_.place_of(key), ref); }
  void erase_all(std::span<const Key> keys, std::span<const FlowRef> refs) noexcept {
    FlowIndex::Place places[kMaxBurst];
    index_.template aim<Access::kWrite>(keys, places);
    for (std::size_t i = 0; i < keys.size(); ++i) index_.erase(places[i], refs[i]);
  }

 private:
  InsertResult insert_at(const FlowIndex::Place& place, FlowRef ref) noexcept {
    return index_.insert(place, ref) ? InsertResult::kInserted : InsertResult::kFull;
  }

  Index& index_;
};

}  // namespace nicbench
