// FlowTable: what every table of nicbench is, to its users and to its tests.
//
// A flow table maps a five-tuple to a small trivially copyable value, usually the index of the flow's
// state in an array of its own. Values are returned by copy, never by reference: tables move entries
// when they make room, and shared tables must not hand out pointers that another core may overwrite.
//
//   cost         find: expected O(1), the number of cache lines is stated by each table
//   allocation   only in the constructor, unless the table says otherwise (chaining-stl)
//   failure      a full table refuses an insert with kFull and is left unchanged
//   threads      one thread, unless wrapped by a sharing scheme
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

namespace nicbench {

// Keys in a burst at most: one bit each in the mask of hits.
inline constexpr std::size_t kMaxBurst = 64;

enum class InsertResult : std::uint8_t {
  kInserted,  // the key was not there and is now
  kExists,    // the key was there; its value is unchanged
  kFull,      // no room; nothing changed
};

struct TableOptions {
  std::size_t capacity = 0;  // entries that the table must be able to hold
  std::uint64_t seed = 0;    // keys the hash, so that crafted traffic cannot collide at will
  bool huge_pages = true;    // ask for 2 MiB pages; falls back to small ones without failing
  std::size_t slots = 0;     // if not 0, make this many slots (rounded up to whole buckets) whatever the capacity:
                             // to measure at loads where inserts may fail
};

// clang-format 14 breaks requires-expressions.
// clang-format off
template <class T>
concept FlowTable = requires(T table, const T& constant, const typename T::Key& key, typename T::Value& value,
                             std::span<const typename T::Key> keys, std::span<typename T::Value> values) {
  requires std::constructible_from<T, const TableOptions&>;  // throws std::bad_alloc or std::length_error
  // Inserts unless the key is there.
  { table.insert(key, value) } noexcept -> std::same_as<InsertResult>;
  // Copies the value out and returns true on a hit; on a miss `value` is unspecified.
  { constant.find(key, value) } noexcept -> std::same_as<bool>;
  // Looks up at most kMaxBurst keys; bit i of the result is set if keys[i] is there and values[i] was written.
  // values[i] is unspecified on a miss.
  { constant.find_burst(keys, values) } noexcept -> std::same_as<std::uint64_t>;
  { table.erase(key) } noexcept -> std::same_as<bool>;
  { table.clear() } noexcept;
  { constant.size() } noexcept -> std::same_as<std::size_t>;      // live entries
  { constant.capacity() } noexcept -> std::same_as<std::size_t>;  // slots
  { constant.memory() } noexcept -> std::same_as<std::size_t>;    // bytes held, all arrays and nodes
  // for_each(f) calls f(const Key&, const Value&) for every entry, in no order; f must not change the table.
  constant.for_each([](const typename T::Key&, const typename T::Value&) {});
};

// find_burst() for a table that has nothing to prefetch.
template <class Table>
std::uint64_t find_one_by_one(const Table& table, std::span<const typename Table::Key> keys,
                              std::span<typename Table::Value> values) noexcept {
  std::uint64_t hits = 0;
  for (std::size_t i = 0; i < keys.size(); ++i) hits |= std::uint64_t{table.find(keys[i], values[i])} << i;
  return hits;
}

// What a table may offer beyond FlowTable. Use it where it is, as in
//   if constexpr (BurstInsertable<Table>) table.insert_burst(keys, values, results); else ...

// Inserts at most kMaxBurst keys with their lines fetched together; as insert() for each, equal keys in order.
template <class T>
concept BurstInsertable =
    FlowTable<T> && requires(T table, std::span<const typename T::Key> keys,
                             std::span<const typename T::Value> values, std::span<InsertResult> results) {
      { table.insert_burst(keys, values, results) } noexcept;
    };

// Erases at most kMaxBurst keys; bit i of the result is set if keys[i] was there.
template <class T>
concept BurstErasable = FlowTable<T> && requires(T table, std::span<const typename T::Key> keys) {
  { table.erase_burst(keys) } noexcept -> std::same_as<std::uint64_t>;
};

// A lookup in two halves, so that a core can parse and start the next burst while the lines of this one are on their
// way: start() hashes and prefetches, finish() with the same keys answers as find_burst(). The table may change between.
template <class T>
concept SplitLookup =
    FlowTable<T> && requires(const T& constant, typename T::Pending& pending, std::span<const typename T::Key> keys,
                             std::span<typename T::Value> values) {
      { constant.start(keys, pending) } noexcept;
      { constant.finish(keys, pending, values) } noexcept -> std::same_as<std::uint64_t>;
    };

// Counts for reports and tests, not for the data path.
template <class T>
concept ProbeStatistics = FlowTable<T> && requires(const T& constant, const typename T::Key& key) {
  { constant.probe_length(key) } noexcept -> std::same_as<std::size_t>;  // buckets (nodes, slots) that find reads
  { constant.displacements() } noexcept -> std::same_as<std::uint64_t>;  // entries moved by all inserts so far
};
// clang-format on

}  // namespace nicbench
