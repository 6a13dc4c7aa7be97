// Maps in the style of std::unordered_map as flow tables.
//
// They get our hash and, where they take an allocator, our pages, so that only the table differs. Each is reserved by
// the constructor for the slots asked for, and keeps its own maximum load: a library that wants more room than that
// grows, with the pause and the memory that this costs. Inserts are refused beyond the capacity asked for.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <span>

#include "common/huge_pages.h"
#include "hashtables/flow_table.h"
#include "hashtables/peers/limit.h"
#include "packet/hash.h"

namespace nicbench {

template <class Key>
struct MapHash {
  using is_avalanching = void;  // boost::unordered: all bits are good, do not mix again
  TupleHash hash;
  std::size_t operator()(const Key& key) const noexcept { return hash(key); }
};

// How one library differs: `Map<K, V>`, `make(hash, allocator)`, `reserve(map, slots)`, `slots(map)`, `memory(map)`
// and, if it can, `prefetch(map, key)`.
template <class K, class V, class Library>
class MapTable {
 public:
  using Key = K;
  using Value = V;
  using Map = typename Library::template Map<K, V>;

  explicit MapTable(const TableOptions& options)
      : limit_(peer_limit(options, Library::kName)),
        map_(Library::template make<K, V>(TupleHash(options.seed), options.huge_pages)) {
    Library::reserve(map_, limit_, options.slots != 0);
  }

  InsertResult insert(const Key& key, const Value& value) noexcept {
    if (map_.size() >= limit_) return map_.find(key) != map_.end() ? InsertResult::kExists : InsertResult::kFull;
    try {
      return map_.try_emplace(key, value).second ? InsertResult::kInserted : InsertResult::kExists;
    } catch (const std::exception&) {  // no memory to grow, or a hash the library cannot place
      return InsertResult::kFull;
    }
  }

  bool find(const Key& key, Value& value) const noexcept {
    const auto found = map_.find(key);
    if (found == map_.end()) return false;
    value = found->second;
    return true;
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    if constexpr (requires { Library::prefetch(map_, keys[0]); }) {
      for (const Key& key : keys) Library::prefetch(map_, key);
    }
    return find_one_by_one(*this, keys, values);
  }

  bool erase(const Key& key) noexcept { return map_.erase(key) != 0; }
  void clear() noexcept {
    map_.clear();
    Library::reserve(map_, limit_, true);
  }

  [[nodiscard]] std::size_t size() const noexcept { return map_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return std::max(limit_, Library::slots(map_)); }
  [[nodiscard]] std::size_t memory() const noexcept { return Library::memory(map_); }

  template <class F>
  void for_each(F&& f) const {
    for (const auto& [key, value] : map_) f(key, value);
  }

 private:
  std::size_t limit_;
  Map map_;
};

}  // namespace nicbench
