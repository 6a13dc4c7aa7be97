// `chaining` with a lock for each stripe of buckets, as FastClick's multi-core hash container has one a bucket
// (Barbette, Soldani, Mathy: "Fast Userspace Packet Processing", ANCS 2015).
//
// Layout as in chaining.h: heads, and nodes from a pool; and stripes of a lock and a short list of free nodes each. A
// node that is taken out goes to its stripe's list, where an insert finds it warm and without another lock. A list
// keeps kKeep nodes at the most; more go to the pool, which all share under a lock of its own, and from which empty
// lists take. The pool has kKeep nodes a stripe more than the capacity, so that the nodes that lie in other stripes'
// lists are never missing.
//
// Every call locks the stripe of its key: readers, too. A burst fetches locks, heads and first nodes together, then
// takes one lock after the other.
//
// Costs, in cache lines: those of chaining.h, one for the stripe, written by readers as well, and its hand-over if
// another core had it last. No allocation after construction.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <span>
#include <stdexcept>

#include "common/huge_pages.h"
#include "common/prefetch.h"
#include "hashtables/shared/shared_flow_table.h"
#include "hashtables/shared/spin_lock.h"
#include "hashtables/shared/thread_count.h"
#include "packet/hash.h"

namespace nicbench {

template <class K, class V>
class BucketLockedChainingTable {
 public:
  using Key = K;
  using Value = V;
  static constexpr bool kThreadSafe = true;

  explicit BucketLockedChainingTable(const TableOptions& options)
      : capacity_(nodes_for(options)),
        hash_(options.seed),
        stripe_mask_(stripes_for(capacity_) - 1),
        stripes_(stripe_mask_ + 1, options.huge_pages),
        heads_(capacity_, options.huge_pages),
        nodes_(capacity_ + kKeep * (stripe_mask_ + 1) + 1, options.huge_pages) {}

  InsertResult insert(const Key& key, Value value) noexcept { return insert_or_get(key, value); }

  InsertResult insert_or_get(const Key& key, Value& value) noexcept {
    const std::size_t bucket = bucket_of(key);
    Stripe& stripe = stripe_of(bucket);
    const std::lock_guard hold(stripe.lock);
    if (const Number there = locate(bucket, key); there != kEnd) {
      value = nodes_[there].value;
      return InsertResult::kExists;
    }
    const Number n = take_node(stripe);
    if (n == kEnd) return InsertResult::kFull;
    nodes_[n] = {key, value, head(bucket)};
    set_head(bucket, n);
    size_.add(1);
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept { return find_in(bucket_of(key), key, value); }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    std::size_t buckets[kMaxBurst];
    fetch(keys, buckets);
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      hits |= std::uint64_t{find_in(buckets[i], keys[i], values[i])} << i;
    }
    return hits;
  }

  void insert_burst(std::span<const Key> keys, std::span<const Value> values,
                    std::span<InsertResult> results) noexcept {
    std::size_t buckets[kMaxBurst];
    fetch(keys, buckets);
    for (std::size_t i = 0; i < keys.size(); ++i) results[i] = insert(keys[i], values[i]);
  }

  bool erase(const Key& key) noexcept {
    const std::size_t bucket = bucket_of(key);
    Stripe& stripe = stripe_of(bucket);
    const std::lock_guard hold(stripe.lock);
    Number before = kEnd;
    for (Number n = head(bucket); n != kEnd; before = n, n = nodes_[n].next) {
      if (nodes_[n].key != key) continue;
      if (before == kEnd) {
        set_head(bucket, nodes_[n].next);
      } else {
        nodes_[before].next = nodes_[n].next;
      }
      give_back(stripe, n);
      size_.add(-1);
      return true;
    }
    return false;
  }

  std::uint64_t erase_burst(std::span<const Key> keys) noexcept {
    std::size_t buckets[kMaxBurst];
    fetch(keys, buckets);
    std::uint64_t erased = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) erased |= std::uint64_t{erase(keys[i])} << i;
    return erased;
  }

  void clear() noexcept {
    for (std::size_t bucket = 0; bucket < capacity_; ++bucket) set_head(bucket, kEnd);
    for (Stripe& stripe : stripes_) stripe.free = stripe.kept = 0;
    pool_free_ = kEnd;
    pool_fresh_ = 1;
    size_.reset();
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_.sum(); }
  [[nodiscard]] std::size_t capacity() const noexcept { return nodes_.size() - 1; }
  [[nodiscard]] std::size_t memory() const noexcept {
    return heads_.bytes() + nodes_.bytes() + stripes_.bytes() + sizeof size_;
  }
  [[nodiscard]] PageKind pages() const noexcept { return nodes_.kind(); }

  template <class F>
  void for_each(F&& f) const {
    for (std::size_t bucket = 0; bucket < capacity_; ++bucket) {
      for (Number n = head(bucket); n != kEnd; n = nodes_[n].next) f(nodes_[n].key, nodes_[n].value);
    }
  }

 private:
  using Number = std::uint32_t;
  static constexpr Number kEnd = 0;
  static constexpr std::uint32_t kKeep = 4;
  static constexpr std::size_t kMostStripes = std::size_t{1} << 14;

  struct Node {
    Key key;
    Value value;
    Number next;
  };
  struct alignas(16) Stripe {
    SpinLock lock;
    std::uint32_t kept;  // nodes in the list
    Number free;
  };

  static std::size_t nodes_for(const TableOptions& options) {
    const std::size_t nodes = options.slots != 0 ? options.slots : options.capacity;
    if (nodes >= (std::size_t{1} << 32) - kKeep * kMostStripes) {
      throw std::length_error("chaining: capacity above 2^32 - 65537 entries");
    }
    return std::max<std::size_t>(nodes, 1);
  }
  // So few that the nodes that their lists keep are an eighth of the capacity at the most.
  static std::size_t stripes_for(std::size_t capacity) noexcept {
    std::size_t stripes = 1;
    while (stripes < kMostStripes && 2 * stripes * kKeep * 8 <= capacity) stripes *= 2;
    return stripes;
  }

  std::size_t bucket_of(const Key& key) const noexcept { return reduce(hash_(key), capacity_); }
  Stripe& stripe_of(std::size_t bucket) const noexcept { return stripes_[bucket & stripe_mask_]; }

  // Read as a hint by who does not hold the lock, hence atomic.
  Number head(std::size_t bucket) const noexcept { return heads_[bucket].load(std::memory_order_relaxed); }
  void set_head(std::size_t bucket, Number n) noexcept { heads_[bucket].store(n, std::memory_order_relaxed); }

  void fetch(std::span<const Key> keys, std::size_t* buckets) const noexcept {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      buckets[i] = bucket_of(keys[i]);
      prefetch_to_read(&heads_[buckets[i]]);
      prefetch_to_write(&stripe_of(buckets[i]));
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const Node& first = nodes_[head(buckets[i])];
      prefetch_to_read(&first.key);
      prefetch_to_read(&first.next);
    }
  }

  bool find_in(std::size_t bucket, const Key& key, Value& value) const noexcept {
    const std::lock_guard hold(stripe_of(bucket).lock);
    const Number n = locate(bucket, key);
    if (n == kEnd) return false;
    value = nodes_[n].value;
    return true;
  }

  Number locate(std::size_t bucket, const Key& key) const noexcept {
    Number n = head(bucket);
    while (n != kEnd && nodes_[n].key != key) n = nodes_[n].next;
    return n;
  }

  // kEnd if there is none.
  Number take_node(Stripe& stripe) noexcept {
    if (stripe.kept != 0) {
      --stripe.kept;
      return pop(stripe.free);
    }
    const std::lock_guard hold(pool_lock_);
    if (pool_free_ != kEnd) return pop(pool_free_);
    return pool_fresh_ < nodes_.size() ? pool_fresh_++ : kEnd;
  }

  void give_back(Stripe& stripe, Number n) noexcept {
    if (stripe.kept < kKeep) {
      ++stripe.kept;
      return push(stripe.free, n);
    }
    const std::lock_guard hold(pool_lock_);
    push(pool_free_, n);
  }

  Number pop(Number& list) noexcept {
    const Number n = list;
    list = nodes_[n].next;
    return n;
  }
  void push(Number& list, Number n) noexcept {
    nodes_[n].next = list;
    list = n;
  }

  std::size_t capacity_;
  TupleHash hash_;
  std::size_t stripe_mask_;
  PageArray<Stripe> stripes_;
  PageArray<std::atomic<Number>> heads_;
  PageArray<Node> nodes_;
  alignas(kCacheLine) SpinLock pool_lock_;
  Number pool_free_ = kEnd;  // first of the nodes given back
  Number pool_fresh_ = 1;    // first of the nodes never used
  ThreadCount size_;
};

}  // namespace nicbench
