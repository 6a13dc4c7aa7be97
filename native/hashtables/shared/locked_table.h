// `mutex`, `spinlock`, `rwlock`: one lock around a whole table of one core.
//
// The lock is taken once for a burst, not once for a key: a tracker has whole bursts, and 32 keys for one hand-over of
// the lock is the best that a global lock can do. Lookups share a readers-writer lock. The lines that a burst asks for
// are on their way while the lock is held, so that the next core waits for memory too: that is what these schemes are
// here to show.
//
// Costs: those of the table, and a locked instruction or two a call; under contention the hand-over of the lock's line
// and all the work of the cores before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <span>
#include <type_traits>

#include "common/huge_pages.h"
#include "hashtables/shared/shared_flow_table.h"

namespace nicbench {

template <FlowTable Table, class Lock>
class LockedTable {
 public:
  using Key = typename Table::Key;
  using Value = typename Table::Value;
  static constexpr bool kThreadSafe = true;

  explicit LockedTable(const TableOptions& options) : table_(options) {}

  InsertResult insert(const Key& key, const Value& value) noexcept {
    const std::lock_guard hold(lock_);
    return table_.insert(key, value);
  }

  InsertResult insert_or_get(const Key& key, Value& value) noexcept {
    const std::lock_guard hold(lock_);
    const InsertResult result = table_.insert(key, value);
    if (result == InsertResult::kExists) table_.find(key, value);
    return result;
  }

  void insert_burst(std::span<const Key> keys, std::span<const Value> values,
                    std::span<InsertResult> results) noexcept requires BurstInsertable<Table> {
    const std::lock_guard hold(lock_);
    table_.insert_burst(keys, values, results);
  }

  bool find(const Key& key, Value& value) const noexcept {
    const ReadLock hold(lock_);
    return table_.find(key, value);
  }

  std::uint64_t find_burst(std::span<const Key> keys, std::span<Value> values) const noexcept {
    const ReadLock hold(lock_);
    return table_.find_burst(keys, values);
  }

  bool erase(const Key& key) noexcept {
    const std::lock_guard hold(lock_);
    return table_.erase(key);
  }

  std::uint64_t erase_burst(std::span<const Key> keys) noexcept requires BurstErasable<Table> {
    const std::lock_guard hold(lock_);
    return table_.erase_burst(keys);
  }

  void clear() noexcept { table_.clear(); }

  [[nodiscard]] std::size_t size() const noexcept {
    const ReadLock hold(lock_);
    return table_.size();
  }
  [[nodiscard]] std::size_t capacity() const noexcept { return table_.capacity(); }
  [[nodiscard]] std::size_t memory() const noexcept { return table_.memory() + sizeof lock_; }

  template <class F>
  void for_each(F&& f) const {
    table_.for_each(f);
  }

 private:
  // clang-format off
  static constexpr bool kShares = requires(Lock& lock) { lock.lock_shared(); };
  // clang-format on
  using ReadLock = std::conditional_t<kShares, std::shared_lock<Lock>, std::unique_lock<Lock>>;

  alignas(kCacheLine) mutable Lock lock_;
  alignas(kCacheLine) Table table_;
};

}  // namespace nicbench
