// `chaining`: buckets of singly linked lists, nodes from a pool, as FastClick's HashContainer
// (Barbette, Soldani, Mathy: "Fast Userspace Packet Processing", ANCS 2015).
//
// Layout. An array of 32-bit list heads, one for each slot asked for, and a pool of nodes (key, value, number of the
// next node) in one block; node 0 is the end of every list. With IPv4 keys a node is 24 bytes. Free nodes form a list
// of their own.
//
// Costs, in cache lines, each known only when the one before has been read: find reads the head and, at a load of
// 1, 1.5 nodes on average; a miss 1 node, and reads the whole list. A burst walks all of its lists in step, one node
// each a round, so that the reads of a round overlap. insert: a miss and a fresh node; it costs the same at any load,
// as nothing ever moves. erase: a hit. Nothing is allocated after construction.
//
// The last node given back is the next one given out, so that churn stays in warm memory.
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
class ChainingTable {
 public:
  using Key = K;
  using Value = V;

  explicit ChainingTable(const TableOptions& options)
      : capacity_(nodes_for(options)),
        hash_(options.seed),
        heads_(capacity_, options.huge_pages),
        nodes_(capacity_ + 1, options.huge_pages) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    Number& head = heads_[bucket_of(key)];
    for (Number n = head; n != kEnd; n = nodes_[n].next) {
      if (nodes_[n].key == key) return InsertResult::kExists;
    }
    if (size_ == capacity_) return InsertResult::kFull;
    const Number n = take_node();
    nodes_[n] = {key, value, head};
    head = n;
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    for (Number n = heads_[bucket_of(key)]; n != kEnd; n = nodes_[n].next) {
      if (nodes_[n].key == key) {
        value = nodes_[n].value;
        return true;
      }
    }
    return false;
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    std::size_t buckets[kMaxBurst];
    Number at[kMaxBurst];
    std::uint8_t walking[kMaxBurst];
    std::size_t count = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      buckets[i] = bucket_of(keys[i]);
      prefetch_to_read(&heads_[buckets[i]]);
    }
    for (std::size_t i = 0; i < keys.size(); ++i) {
      at[i] = heads_[buckets[i]];
      prefetch_node(at[i]);
      walking[count] = static_cast<std::uint8_t>(i);
      count += at[i] != kEnd;
    }
    std::uint64_t hits = 0;
    while (count != 0) {
      std::size_t left = 0;
      for (std::size_t j = 0; j < count; ++j) {
        const std::size_t i = walking[j];
        const Node& node = nodes_[at[i]];
        if (node.key == keys[i]) {
          values[i] = node.value;
          hits |= std::uint64_t{1} << i;
        } else if (node.next != kEnd) {
          at[i] = node.next;
          prefetch_node(at[i]);
          walking[left++] = static_cast<std::uint8_t>(i);
        }
      }
      count = left;
    }
    return hits;
  }

  bool erase(const Key& key) noexcept {
    for (Number* link = &heads_[bucket_of(key)]; *link != kEnd; link = &nodes_[*link].next) {
      const Number n = *link;
      if (nodes_[n].key != key) continue;
      *link = nodes_[n].next;
      nodes_[n].next = free_;
      free_ = n;
      --size_;
      return true;
    }
    return false;
  }

  void clear() noexcept {
    std::fill(heads_.begin(), heads_.end(), kEnd);
    free_ = kEnd;
    fresh_ = 1;
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] std::size_t memory() const noexcept { return heads_.bytes() + nodes_.bytes(); }
  [[nodiscard]] PageKind pages() const noexcept { return nodes_.kind(); }
  [[nodiscard]] std::uint64_t displacements() const noexcept { return 0; }
  // Nodes that a find of `key` reads.
  [[nodiscard]] std::size_t probe_length(const Key& key) const noexcept {
    std::size_t length = 0;
    for (Number n = heads_[bucket_of(key)]; n != kEnd; n = nodes_[n].next) {
      ++length;
      if (nodes_[n].key == key) break;
    }
    return length;
  }

  template <class F>
  void for_each(F&& f) const {
    for (const Number head : heads_) {
      for (Number n = head; n != kEnd; n = nodes_[n].next) f(nodes_[n].key, nodes_[n].value);
    }
  }

 private:
  using Number = std::uint32_t;
  static constexpr Number kEnd = 0;

  struct Node {
    Key key;
    Value value;
    Number next;
  };

  static std::size_t nodes_for(const TableOptions& options) {
    const std::size_t nodes = options.slots != 0 ? options.slots : options.capacity;
    if (nodes >= (std::size_t{1} << 32)) throw std::length_error("chaining: capacity above 2^32 - 1 entries");
    return std::max<std::size_t>(nodes, 1);
  }

  std::size_t bucket_of(const Key& key) const noexcept { return reduce(hash_(key), capacity_); }

  void prefetch_node(Number n) const noexcept {
    prefetch_to_read(&nodes_[n].key);
    prefetch_to_read(&nodes_[n].next);
  }

  // There must be one.
  Number take_node() noexcept {
    if (free_ == kEnd) return fresh_++;
    const Number n = free_;
    free_ = nodes_[n].next;
    return n;
  }

  std::size_t capacity_;
  TupleHash hash_;
  PageArray<Number> heads_;
  PageArray<Node> nodes_;
  Number free_ = kEnd;  // first of the nodes given back
  Number fresh_ = 1;    // first of the nodes never used
  std::size_t size_ = 0;
};

}  // namespace nicbench
