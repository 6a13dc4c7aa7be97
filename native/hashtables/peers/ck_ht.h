// ck_ht of Concurrency Kit: open addressing over whole cache lines, one writer and many readers without locks.
//
// It stores pointers to keys and values, so the entries live in a pool here. It grows at half of its slots. Its hash
// comes from us with every call; the callback that it wants is never used. No burst interface.
#pragma once

extern "C" {
#include <ck_ht.h>
}

#include <cstdlib>

#include "hashtables/peers/limit.h"
#include "hashtables/peers/map_adapter.h"

namespace nicbench {

template <class K, class V>
class CkHtTable {
 public:
  using Key = K;
  using Value = V;

  explicit CkHtTable(const TableOptions& options)
      : limit_(peer_limit(options, "ck_ht")), hash_(options.seed), nodes_(limit_, options.huge_pages) {
    static ck_malloc allocator{.malloc = std::malloc, .realloc = reallocate, .free = release};
    if (!ck_ht_init(&table_, CK_HT_MODE_BYTESTRING | CK_HT_WORKLOAD_DELETE, unused_hash, &allocator, 2 * limit_, 0)) {
      throw std::bad_alloc();
    }
  }
  ~CkHtTable() { ck_ht_destroy(&table_); }
  CkHtTable(const CkHtTable&) = delete;
  CkHtTable& operator=(const CkHtTable&) = delete;

  InsertResult insert(const Key& key, const Value& value) noexcept {
    if (look_up(key) != nullptr) return InsertResult::kExists;
    if (size_ == limit_) return InsertResult::kFull;
    Node* node = take_node();
    node->key = key;
    node->value = value;
    ck_ht_entry_t entry;
    const ck_ht_hash_t hash = hash_of(key);
    ck_ht_entry_set(&entry, hash, &node->key, sizeof(Key), node);
    if (!ck_ht_put_spmc(&table_, hash, &entry)) {
      give_node(node);
      return InsertResult::kFull;
    }
    ++size_;
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    const Node* node = look_up(key);
    if (node == nullptr) return false;
    value = node->value;
    return true;
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    return find_one_by_one(*this, keys, values);
  }

  bool erase(const Key& key) noexcept {
    ck_ht_entry_t entry;
    ck_ht_entry_key_set(&entry, &key, sizeof(Key));
    if (!ck_ht_remove_spmc(&table_, hash_of(key), &entry)) return false;
    give_node(static_cast<Node*>(ck_ht_entry_value(&entry)));
    --size_;
    return true;
  }

  void clear() noexcept {
    ck_ht_reset_size_spmc(&table_, 2 * limit_);
    free_ = nullptr;
    fresh_ = size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return limit_; }
  // Slots are 16 bytes, at least two for each entry and a power of two; and a byte each that tells where to stop.
  [[nodiscard]] std::size_t memory() const noexcept {
    return nodes_.bytes() + std::bit_ceil(2 * limit_) * (sizeof(ck_ht_entry_t) + 2);
  }

  template <class F>
  void for_each(F&& f) const {
    ck_ht_iterator_t iterator = CK_HT_ITERATOR_INITIALIZER;
    ck_ht_entry_t* entry = nullptr;
    while (ck_ht_next(&table_, &iterator, &entry)) {
      const Node* node = static_cast<const Node*>(ck_ht_entry_value(entry));
      f(node->key, node->value);
    }
  }

 private:
  struct Node {
    Key key;
    Value value;
    Node* next_free;
  };

  static void* reallocate(void* memory, std::size_t, std::size_t bytes, bool) { return std::realloc(memory, bytes); }
  static void release(void* memory, std::size_t, bool) { std::free(memory); }
  static void unused_hash(ck_ht_hash_t* hash, const void*, std::size_t, std::uint64_t) { hash->value = 0; }

  ck_ht_hash_t hash_of(const Key& key) const noexcept { return {hash_(key)}; }

  Node* look_up(const Key& key) const noexcept {
    ck_ht_entry_t entry;
    ck_ht_entry_key_set(&entry, &key, sizeof(Key));
    if (!ck_ht_get_spmc(&table_, hash_of(key), &entry)) return nullptr;
    return static_cast<Node*>(ck_ht_entry_value(&entry));
  }

  Node* take_node() noexcept {
    if (free_ == nullptr) return &nodes_[fresh_++];
    Node* node = free_;
    free_ = node->next_free;
    return node;
  }
  void give_node(Node* node) noexcept {
    node->next_free = free_;
    free_ = node;
  }

  std::size_t limit_;
  TupleHash hash_;
  PageArray<Node> nodes_;
  mutable ck_ht_t table_{};  // its readers take it as mutable
  Node* free_ = nullptr;
  std::size_t fresh_ = 0;
  std::size_t size_ = 0;
};

struct CkHtTag {
  static constexpr TableInfo info{"ck-ht", "ck_ht, one writer and many readers", "Concurrency Kit (libck-dev)"};
  template <class K, class V>
  using Table = CkHtTable<K, V>;
};

}  // namespace nicbench
