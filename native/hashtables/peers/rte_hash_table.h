// DPDK's rte_hash: bucketised cuckoo, 8 slots a bucket, keys in a store of their own; bulk lookups of up to 64 keys.
//
// Three variants: the default; RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF, in which readers need no lock, used by one
// thread; and the same with RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD, a lock that all writers take, used by many. In the
// last one
//
//   - writers keep free places by lcore, so that every thread that writes must be one that EAL knows
//   - an erased key's place is free at once. Who uses it in earnest waits until no reader can still be there
//     (rte_rcu_qsbr), which costs more: the benchmark is kind to it
//   - of threads that insert one key at the same time two can win, as no call says who was first: it is no
//     SharedFlowTable, and good for cores that have keys of their own
//
// It gets our hash with every call. rte_hash_add overwrites the data of a key that is there, so an insert
// looks the key up first, as anyone must who wants to keep the old data.
//
// The value travels in the data pointer. Needs an initialised EAL (bench/dpdk_tables.cc).
#pragma once

#include <rte_hash.h>
#include <rte_lcore.h>

#include <atomic>
#include <string>

#include "hashtables/peers/map_adapter.h"

namespace nicbench {

// rte_hash wants a name of its own for every table of the process.
inline std::atomic<unsigned> rte_hash_tables_made{0};

enum class RteHashKind : std::uint8_t { kPlain, kLockFree, kShared };

// Makes the calling thread an lcore until it ends. EAL's main thread is one already.
inline void register_with_eal() noexcept {
  struct Registration {
    bool mine = rte_lcore_id() == LCORE_ID_ANY && rte_thread_register() == 0;
    ~Registration() {
      if (mine) rte_thread_unregister();
    }
  };
  static thread_local const Registration registration;
}

template <class K, class V, RteHashKind kKind>
class RteHashTable {
 public:
  using Key = K;
  using Value = V;
  static_assert(sizeof(V) <= sizeof(void*));

  explicit RteHashTable(const TableOptions& options) : limit_(checked_limit(options)), hash_(options.seed) {
    const std::string name = "nicbench" + std::to_string(rte_hash_tables_made++);
    rte_hash_parameters parameters{};
    parameters.name = name.c_str();
    // The table can be refused by its buckets well before `entries`; a margin as for our own cuckoo tables.
    const std::size_t entries = options.slots != 0 ? options.slots : options.capacity + options.capacity / 8;
    parameters.entries = static_cast<std::uint32_t>(std::max<std::size_t>(entries, 8));
    parameters.key_len = sizeof(Key);
    parameters.hash_func = [](const void*, std::uint32_t, std::uint32_t) -> std::uint32_t {
      return 0;
    };  // never called
    if (kKind != RteHashKind::kPlain) parameters.extra_flag |= RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF;
    if (kKind == RteHashKind::kShared) parameters.extra_flag |= RTE_HASH_EXTRA_FLAGS_MULTI_WRITER_ADD;
    table_ = rte_hash_create(&parameters);
    if (table_ == nullptr) throw std::bad_alloc();
  }
  ~RteHashTable() { rte_hash_free(table_); }
  RteHashTable(const RteHashTable&) = delete;
  RteHashTable& operator=(const RteHashTable&) = delete;

  InsertResult insert(const Key& key, const Value& value) noexcept {
    if constexpr (kKind == RteHashKind::kShared) register_with_eal();
    const hash_sig_t signature = signature_of(key);
    void* data = nullptr;
    if (rte_hash_lookup_with_hash_data(table_, &key, signature, &data) >= 0) return InsertResult::kExists;
    if (size_ >= limit_ || rte_hash_add_key_with_hash_data(table_, &key, signature, pack(value)) != 0)
      return InsertResult::kFull;
    count(1);
    return InsertResult::kInserted;
  }

  bool find(const Key& key, Value& value) const noexcept {
    void* data = nullptr;
    if (rte_hash_lookup_with_hash_data(table_, &key, signature_of(key), &data) < 0) return false;
    value = unpack(data);
    return true;
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    if (keys.empty()) return 0;
    const void* pointers[kMaxBurst];
    hash_sig_t signatures[kMaxBurst];
    void* data[kMaxBurst];
    for (std::size_t i = 0; i < keys.size(); ++i) {
      pointers[i] = &keys[i];
      signatures[i] = signature_of(keys[i]);
    }
    std::uint64_t hits = 0;
    rte_hash_lookup_with_hash_bulk_data(table_, pointers, signatures, static_cast<std::uint32_t>(keys.size()), &hits,
                                        data);
    for (std::size_t i = 0; i < keys.size(); ++i) values[i] = unpack(data[i]);
    return hits;
  }

  bool erase(const Key& key) noexcept {
    if constexpr (kKind == RteHashKind::kShared) register_with_eal();
    const std::int32_t position = rte_hash_del_key_with_hash(table_, &key, signature_of(key));
    if (position < 0) return false;
    if constexpr (kKind != RteHashKind::kPlain) rte_hash_free_key_with_position(table_, position);
    count(-1);
    return true;
  }

  void clear() noexcept {
    rte_hash_reset(table_);
    size_ = 0;
  }

  [[nodiscard]] std::size_t size() const noexcept {
    if constexpr (kKind == RteHashKind::kShared) return static_cast<std::size_t>(rte_hash_count(table_));
    return size_;
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return limit_; }
  // A bucket is a cache line for 8 slots, buckets are a power of two; a stored key has its data pointer and is rounded
  // up to 16 bytes; and a ring of 32-bit positions, a power of two.
  [[nodiscard]] std::size_t memory() const noexcept {
    const std::size_t buckets = std::bit_ceil(limit_) / 8;
    const std::size_t stored = (sizeof(void*) + sizeof(Key) + 15) / 16 * 16;
    return buckets * kCacheLine + (limit_ + 1) * stored + std::bit_ceil(limit_ + 1) * sizeof(std::uint32_t);
  }

  template <class F>
  void for_each(F&& f) const {
    std::uint32_t next = 0;
    const void* key = nullptr;
    void* data = nullptr;
    while (rte_hash_iterate(table_, &key, &data, &next) >= 0) f(*static_cast<const Key*>(key), unpack(data));
  }

 private:
  // Threads do not count together: rte_hash does it for them.
  void count(int entries) noexcept {
    if constexpr (kKind != RteHashKind::kShared) size_ += static_cast<std::size_t>(entries);
  }
  static std::size_t checked_limit(const TableOptions& options) {
    const std::size_t entries =
        std::max<std::size_t>({options.slots != 0 ? options.slots : options.capacity + options.capacity / 8, 8});
    if (entries > RTE_HASH_ENTRIES_MAX) throw std::length_error("rte_hash: above its maximum number of entries");
    return entries;
  }
  static void* pack(const Value& value) noexcept {
    void* data = nullptr;
    std::memcpy(&data, &value, sizeof value);
    return data;
  }
  static Value unpack(void* data) noexcept {
    Value value;
    std::memcpy(&value, &data, sizeof value);
    return value;
  }
  // Its bucket comes from the low bits of the signature, its 16-bit tag from the high ones.
  hash_sig_t signature_of(const Key& key) const noexcept { return static_cast<hash_sig_t>(hash_(key) >> 32); }

  std::size_t limit_;
  TupleHash hash_;
  rte_hash* table_ = nullptr;
  std::size_t size_ = 0;
};

struct RteHashTag {
  static constexpr TableInfo info{"rte-hash", "rte_hash, bulk lookup", "DPDK (libdpdk-dev)"};
  template <class K, class V>
  using Table = RteHashTable<K, V, RteHashKind::kPlain>;
};

struct RteHashLockFreeTag {
  static constexpr TableInfo info{"rte-hash-lf", "rte_hash with lock-free readers, bulk lookup", "DPDK (libdpdk-dev)"};
  template <class K, class V>
  using Table = RteHashTable<K, V, RteHashKind::kLockFree>;
};

struct RteHashSharedTag {
  static constexpr TableInfo info{"rte-hash", "rte_hash with lock-free readers and a lock for writers, bulk lookup",
                                  "DPDK (libdpdk-dev)"};
  template <class K, class V>
  using Table = RteHashTable<K, V, RteHashKind::kShared>;
};

using DpdkTables = TableList<RteHashTag, RteHashLockFreeTag>;
using SharedDpdkTables = TableList<RteHashSharedTag>;

}  // namespace nicbench
