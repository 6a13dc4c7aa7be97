// `chaining`: buckets of singly linked nodes from a pool, as FastClick's HashContainer keeps its flows
// (Barbette, Soldani, Mathy: "Fast userspace packet processing", ANCS 2015).
//
// Layout. An array of 32-bit heads, one a bucket, as many as the capacity rounded up to a power of two; and a pool of
// nodes: key, value, index of the next. Indices instead of pointers halve the links. Free nodes form a list through
// the same field, so that insert and erase never allocate.
//
// Costs, in cache lines: find reads the head and every node up to the key's: 1 + 1.5 at a load factor of 1, each
// dependent on the one before; a miss reads 1 + 1. insert reads the whole chain, then writes a node and the head.
// All costs are flat until the pool is empty, which is why chaining wins near a full table.
//
// Correct because a node is in exactly one list, its bucket's or the free one, between any two calls.
//
// Threads: one.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>

#include "common/hash.h"
#include "common/huge_pages.h"
#include "hashtables/flow_table.h"

namespace nicbench {

template <class K, class V>
class ChainingTable {
 public:
  using Key = K;
  using Value = V;

  explicit ChainingTable(const TableOptions& options)
      : nodes_(nodes_for(options), options.huge_pages),
        heads_(std::bit_ceil(nodes_.size()), options.huge_pages),
        hash_(options.seed) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    std::uint32_t& head = heads_[bucket_of(key)];
    if (locate(key, head) != kNone) return InsertResult::kExists;
    const std::uint32_t node = take();
    if (node == kNone) return InsertResult::kFull;
    node_at(node) = {key, value, head};
    head = node;
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    const std::uint32_t node = locate(key, heads_[bucket_of(key)]);
    if (node == kNone) return false;
    value = node_at(node).value;
    return true;
  }

  // Three passes: prefetch every head, then every first node, then walk. Later nodes of a chain are not prefetched.
  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    std::size_t buckets[kMaxBurst];
    std::uint32_t first[kMaxBurst];
    for (std::size_t i = 0; i < keys.size(); ++i) {
      buckets[i] = bucket_of(keys[i]);
      __builtin_prefetch(&heads_[buckets[i]]);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      first[i] = heads_[buckets[i]];
      if (first[i] != kNone) __builtin_prefetch(&node_at(first[i]));
    }
    std::uint64_t hits = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      const std::uint32_t node = locate(keys[i], first[i]);
      if (node == kNone) continue;
      values[i] = node_at(node).value;
      hits |= std::uint64_t{1} << i;
    }
    return hits;
  }

  bool erase(const Key& key) noexcept {
    std::uint32_t* link = &heads_[bucket_of(key)];
    while (*link != kNone && !(node_at(*link).key == key)) link = &node_at(*link).next;
    if (*link == kNone) return false;
    const std::uint32_t node = *link;
    *link = node_at(node).next;
    node_at(node).next = free_;
    free_ = node;
    --size_;
    return true;
  }

  void clear() noexcept {
    for (std::uint32_t& head : heads_) head = kNone;
    free_ = kNone;
    size_ = used_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return nodes_.size(); }
  [[nodiscard]] std::size_t memory() const noexcept { return nodes_.bytes() + heads_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return nodes_.kind(); }
  // Nothing ever moves.
  [[nodiscard]] std::uint64_t displacements() const noexcept { return 0; }
  // Nodes that a find of `key` reads.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept {
    std::size_t length = 0;
    for (std::uint32_t node = heads_[bucket_of(key)]; node != kNone; node = node_at(node).next) {
      ++length;
      if (node_at(node).key == key) break;
    }
    return length;
  }

  template <class F>
  void for_each(F&& f) const {
    for (const std::uint32_t head : heads_) {
      for (std::uint32_t node = head; node != kNone; node = node_at(node).next) f(node_at(node).key, node_at(node).value);
    }
  }

 private:
  struct Node {
    Key key;
    Value value;
    std::uint32_t next;  // number of the next node, kNone at the end
  };
  static constexpr std::uint32_t kNone = 0;  // nodes are numbered from 1, so that zeroed memory is an empty table

  static std::size_t nodes_for(const TableOptions& options) {
    const std::size_t nodes = options.slots != 0 ? options.slots : std::max<std::size_t>(options.capacity, 1);
    if (nodes >= (std::size_t{1} << 32) - 1) throw std::length_error("chaining: capacity above 2^32 - 2 entries");
    return nodes;
  }

  Node& node_at(std::uint32_t number) const noexcept { return nodes_[number - 1]; }

  std::size_t bucket_of(const Key& key) const noexcept { return reduce(hash_(key), heads_.size()); }

  std::uint32_t locate(const Key& key, std::uint32_t node) const noexcept {
    while (node != kNone && !(node_at(node).key == key)) node = node_at(node).next;
    return node;
  }

  // A free node: one that was given back, or the next that was never used.
  std::uint32_t take() noexcept {
    if (free_ != kNone) {
      const std::uint32_t node = free_;
      free_ = node_at(node).next;
      return node;
    }
    return used_ == nodes_.size() ? kNone : static_cast<std::uint32_t>(++used_);
  }

  PageArray<Node> nodes_;
  PageArray<std::uint32_t> heads_;
  TupleHash hash_;
  std::uint32_t free_ = kNone;
  std::size_t used_ = 0;
  std::size_t size_ = 0;
};

}  // namespace nicbench
