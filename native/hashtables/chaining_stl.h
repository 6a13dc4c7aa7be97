// `chaining-stl`: std::unordered_map with our hash, the baseline that everyone knows.
//
// Layout (libstdc++): an array of bucket pointers and one heap node an entry, all nodes on one singly linked list; the
// hash is cached in the node. find reads the bucket's pointer, then one line or more for every node of the chain, each
// address coming from the line before, so nothing can be prefetched and a burst is a loop.
//
// Unlike every other table here it allocates on insert and frees on erase. All buckets are reserved by the
// constructor, so that it never rehashes; it holds what was asked for and then refuses, as a sized table does. An
// insert for which the heap has no memory is refused too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <stdexcept>
#include <unordered_map>

#include "hashtables/flow_table.h"
#include "packet/hash.h"

namespace nicbench {

template <class K, class V>
class ChainingStlTable {
 public:
  using Key = K;
  using Value = V;

  explicit ChainingStlTable(const TableOptions& options)
      : capacity_(std::max<std::size_t>(options.slots != 0 ? options.slots : options.capacity, 1)),
        map_(checked(capacity_), Hash{TupleHash(options.seed)}) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    if (map_.size() >= capacity_) return map_.contains(key) ? InsertResult::kExists : InsertResult::kFull;
    try {
      return map_.try_emplace(key, value).second ? InsertResult::kInserted : InsertResult::kExists;
    } catch (const std::bad_alloc&) {
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
    return find_one_by_one(*this, keys, values);
  }

  bool erase(const Key& key) noexcept { return map_.erase(key) != 0; }
  void clear() noexcept { map_.clear(); }

  [[nodiscard]] std::size_t size() const noexcept { return map_.size(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  // Buckets and nodes, with the 16 bytes that the heap rounds up and keeps for each.
  [[nodiscard]] std::size_t memory() const noexcept {
    return map_.bucket_count() * sizeof(void*) + map_.size() * kNodeBytes;
  }

  template <class F>
  void for_each(F&& f) const {
    for (const auto& [key, value] : map_) f(key, value);
  }

 private:
  struct Hash {
    TupleHash hash;
    std::size_t operator()(const Key& key) const noexcept { return hash(key); }
  };
  struct Node {
    void* next;
    std::pair<const Key, Value> entry;
    std::size_t hash;
  };
  static constexpr std::size_t kNodeBytes = (sizeof(Node) + 8 + 15) / 16 * 16;  // glibc malloc: 8 of header, 16-aligned

  static std::size_t checked(std::size_t capacity) {
    if (capacity > (std::size_t{1} << 34)) throw std::length_error("chaining-stl: capacity above 2^34 entries");
    return capacity;
  }

  std::size_t capacity_;
  std::unordered_map<Key, Value, Hash> map_;
};

}  // namespace nicbench
