// libcuckoo: cuckoo hashing for many threads, a spin lock a bucket of 4 slots (Li, Andersen, Kaminsky, Freedman:
// EuroSys 2014).
//
// One thread uses it here, so its locks are never contended but are taken all the same. No burst interface.
#pragma once

#include <libcuckoo/cuckoohash_map.hh>

#include "hashtables/peers/limit.h"
#include "hashtables/peers/map_adapter.h"

namespace nicbench {

template <class K, class V>
class LibcuckooTable {
 public:
  using Key = K;
  using Value = V;
  using Map = libcuckoo::cuckoohash_map<K, V, MapHash<K>, std::equal_to<K>, HugePageAllocator<std::pair<const K, V>>>;

  explicit LibcuckooTable(const TableOptions& options)
      : limit_(peer_limit(options, "libcuckoo")),
        map_(limit_, MapHash<K>{TupleHash(options.seed)}, std::equal_to<K>(),
             HugePageAllocator<std::pair<const K, V>>(options.huge_pages)) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    if (size_ >= limit_) return map_.contains(key) ? InsertResult::kExists : InsertResult::kFull;
    try {
      if (!map_.insert(key, value)) return InsertResult::kExists;
    } catch (const std::exception&) {  // no memory to grow, or a load too low to grow at
      return InsertResult::kFull;
    }
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept { return map_.find(key, value); }

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
  [[nodiscard]] std::size_t capacity() const noexcept { return std::max(limit_, map_.capacity()); }
  // A bucket is 4 entries, 4 partial keys and 4 flags; the locks are a line each, 2^16 at most.
  [[nodiscard]] std::size_t memory() const noexcept {
    return map_.bucket_count() * (4 * sizeof(std::pair<const K, V>) + 8) +
           std::min<std::size_t>(map_.bucket_count(), 1u << 16) * kCacheLine;
  }

  template <class F>
  void for_each(F&& f) const {
    const auto locked = const_cast<Map&>(map_).lock_table();
    for (const auto& [key, value] : locked) f(key, value);
  }

 private:
  std::size_t limit_;
  Map map_;
  std::size_t size_ = 0;
};

struct LibcuckooTag {
  static constexpr TableInfo info{"libcuckoo", "libcuckoo::cuckoohash_map, a lock a bucket",
                                  "libcuckoo (libcuckoo-dev)"};
  template <class K, class V>
  using Table = LibcuckooTable<K, V>;
};

}  // namespace nicbench
