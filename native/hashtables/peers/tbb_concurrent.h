// tbb::concurrent_hash_map: chains of heap nodes, a readers-writer lock in each.
//
// One thread uses it here, so its locks are never contended but are taken all the same. No burst interface.
#pragma once

#include <tbb/concurrent_hash_map.h>

#include "hashtables/peers/limit.h"
#include "hashtables/peers/map_adapter.h"

namespace nicbench {

template <class K, class V>
class TbbTable {
 public:
  using Key = K;
  using Value = V;

  explicit TbbTable(const TableOptions& options)
      : limit_(peer_limit(options, "tbb")), map_(limit_, HashCompare{TupleHash(options.seed)}) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    if (size_ >= limit_) return map_.count(key) != 0 ? InsertResult::kExists : InsertResult::kFull;
    try {
      if (!map_.insert({key, value})) return InsertResult::kExists;
    } catch (const std::exception&) {
      return InsertResult::kFull;
    }
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    typename Map::const_accessor found;
    if (!map_.find(found, key)) return false;
    value = found->second;
    return true;
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    return find_one_by_one(*this, keys, values);
  }

  bool erase(const Key& key) noexcept {
    const bool erased = map_.erase(key);
    size_ -= erased;
    return erased;
  }

  void clear() noexcept {
    map_.clear();
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return limit_; }
  // A bucket is a mutex and a pointer; a node has a link, a mutex and the entry, and what the heap keeps for it.
  [[nodiscard]] std::size_t memory() const noexcept {
    constexpr std::size_t kNode = (16 + sizeof(std::pair<const K, V>) + 8 + 15) / 16 * 16;
    return map_.bucket_count() * 16 + size_ * kNode;
  }

  template <class F>
  void for_each(F&& f) const {
    for (const auto& [key, value] : map_) f(key, value);
  }

 private:
  struct HashCompare {
    TupleHash tuple_hash;
    std::size_t hash(const Key& key) const noexcept { return tuple_hash(key); }
    bool equal(const Key& a, const Key& b) const noexcept { return a == b; }
  };
  using Map = tbb::concurrent_hash_map<K, V, HashCompare>;

  std::size_t limit_;
  Map map_;
  std::size_t size_ = 0;
};

struct TbbTag {
  static constexpr TableInfo info{"tbb", "tbb::concurrent_hash_map, a lock a node", "oneTBB (libtbb-dev)"};
  template <class K, class V>
  using Table = TbbTable<K, V>;
};

}  // namespace nicbench
