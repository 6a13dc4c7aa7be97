// Runs a sequence of operations on a table and on std::unordered_map, its oracle, and says where they first differ.
//
// A script is bytes, so that the same interpreter serves random tests, which can shrink a failing script by leaving
// operations out, and the fuzzer, which makes scripts by itself:
//
//   script     capacity:1 seed:1 operation*
//   operation  kind:1 key:2
//
// Keys come from a small universe, 4 for each slot at most, so that sequences hit, miss, fill the table and reuse
// slots.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hashtables/flow_table.h"
#include "hashtables/tests/keys.h"
#include "packet/hash.h"

namespace nicbench::testing {

inline constexpr std::size_t kScriptHeader = 2;
inline constexpr std::size_t kOperationBytes = 3;

template <class Table>
class ScriptRunner {
 public:
  using Key = typename Table::Key;
  using Value = typename Table::Value;

  explicit ScriptRunner(std::span<const std::uint8_t> script)
      : script_(script),
        capacity_(std::size_t{1} << script[0] % 12 | script[0] / 12),
        universe_(static_cast<std::uint32_t>(4 * capacity_)),
        table_(TableOptions{.capacity = capacity_, .seed = script[1], .huge_pages = false}) {}

  // Empty if table and oracle agree to the end.
  std::string run() {
    for (std::size_t at = kScriptHeader; at + kOperationBytes <= script_.size() && failure_.empty();
         at += kOperationBytes) {
      step_ = (at - kScriptHeader) / kOperationBytes;
      perform(script_[at], static_cast<std::uint32_t>(script_[at + 1] | script_[at + 2] << 8) % universe_);
    }
    if (failure_.empty()) compare_all();
    return failure_;
  }

 private:
  void perform(std::uint8_t kind, std::uint32_t number) {
    switch (kind % 16) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4: return insert(number);
      case 5:
      case 6:
      case 7: return erase(number);
      case 8:
      case 9: return find(number);
      case 10: return find_burst(number, kind / 16 * 4 + 1);
      case 11: return insert_burst(number, kind / 16 * 4 + 1);
      case 12: return erase_burst(number, kind / 16 * 4 + 1);
      case 13: return split_lookup(number, kind / 16 * 4 + 1);
      case 14: return kind == 14 + 240 ? clear() : insert(number / 3);
      default: return number % 64 == 0 ? compare_all() : find(number);
    }
  }

  // Half of the keys count up, the other half are scattered.
  static Key key_of(std::uint32_t number) {
    return number % 2 == 0 ? sequential_key<Key>(number) : scattered_key<Key>(number);
  }
  // Bursts go through the universe in odd strides, and now and then ask for a key twice.
  std::uint32_t burst_number(std::uint32_t first, std::size_t i) const {
    return static_cast<std::uint32_t>((first + (i % 7 == 6 ? i - 1 : i) * 5) % universe_);
  }
  std::vector<Key> burst_keys(std::uint32_t first, std::size_t length) const {
    std::vector<Key> keys;
    for (std::size_t i = 0; i < length; ++i) keys.push_back(key_of(burst_number(first, i)));
    return keys;
  }
  Value new_value() { return static_cast<Value>(++values_made_ * 2654435761u); }

  void expect(bool holds, const char* what) {
    if (!holds && failure_.empty()) failure_ = "step " + std::to_string(step_) + ": " + what;
  }

  void note_insert(const Key& key, const Value& value, InsertResult result) {
    const bool known = oracle_.contains(key);
    expect((result == InsertResult::kExists) == known, "insert: kExists for a new key, or not for a known one");
    expect(result != InsertResult::kFull || !known, "insert: a known key was refused");
    if (result == InsertResult::kInserted) oracle_.emplace(key, value);
    expect(table_.size() == oracle_.size(), "insert: wrong size");
  }

  void note_find(const Key& key, bool found, const Value& value) {
    const auto known = oracle_.find(key);
    expect(found == (known != oracle_.end()), found ? "find: found a key that is not there" : "find: lost a key");
    if (found && known != oracle_.end()) expect(value == known->second, "find: wrong value");
  }

  void note_erase(const Key& key, bool erased) {
    expect(erased == (oracle_.erase(key) != 0),
           erased ? "erase: erased a key that was not there" : "erase: missed a key");
  }

  void insert(std::uint32_t number) {
    const Value value = new_value();
    const Key key = key_of(number);
    note_insert(key, value, table_.insert(key, value));
  }

  void erase(std::uint32_t number) {
    note_erase(key_of(number), table_.erase(key_of(number)));
    expect(table_.size() == oracle_.size(), "erase: wrong size");
  }

  void find(std::uint32_t number) {
    Value value{};
    const bool found = std::as_const(table_).find(key_of(number), value);
    note_find(key_of(number), found, value);
  }

  void check_burst(const std::vector<Key>& keys, const std::vector<Value>& values, std::uint64_t hits) {
    for (std::size_t i = 0; i < keys.size(); ++i) note_find(keys[i], (hits >> i & 1) != 0, values[i]);
    expect(keys.size() == kMaxBurst || hits >> keys.size() == 0, "find_burst: hits beyond the burst");
  }

  void find_burst(std::uint32_t first, std::size_t length) {
    const std::vector<Key> keys = burst_keys(first, length);
    std::vector<Value> values(length);
    check_burst(keys, values, std::as_const(table_).find_burst(keys, values));
  }

  // Two lookups overlap, and the table changes meanwhile.
  void split_lookup(std::uint32_t first, std::size_t length) {
    if constexpr (SplitLookup<Table>) {
      const std::vector<Key> keys = burst_keys(first, length), others = burst_keys(first / 2, length);
      std::vector<Value> values(length), other_values(length);
      auto pending = std::make_unique<typename Table::Pending>(),
           other_pending = std::make_unique<typename Table::Pending>();
      table_.start(keys, *pending);
      insert_burst(first, length / 2);
      table_.start(others, *other_pending);
      erase(first / 2);
      insert_burst(first + 1, length);
      const std::uint64_t hits = table_.finish(keys, *pending, values);
      const std::uint64_t other_hits = table_.finish(others, *other_pending, other_values);
      check_burst(keys, values, hits);
      check_burst(others, other_values, other_hits);
    } else {
      find_burst(first, length);
    }
  }

  void insert_burst(std::uint32_t first, std::size_t length) {
    const std::vector<Key> keys = burst_keys(first, length);
    if constexpr (BurstInsertable<Table>) {
      std::vector<Value> values(length);
      std::vector<InsertResult> results(length);
      std::generate(values.begin(), values.end(), [this] { return new_value(); });
      table_.insert_burst(keys, values, results);
      const std::size_t size = table_.size();
      for (std::size_t i = 0; i < length; ++i) {
        const bool known = oracle_.contains(keys[i]);
        expect((results[i] == InsertResult::kExists) == known,
               "insert_burst: kExists for a new key, or not for a known one");
        if (results[i] == InsertResult::kInserted) oracle_.emplace(keys[i], values[i]);
      }
      expect(size == oracle_.size(), "insert_burst: wrong size");
    } else {
      for (const Key& key : keys) {
        const Value value = new_value();
        note_insert(key, value, table_.insert(key, value));
      }
    }
  }

  void erase_burst(std::uint32_t first, std::size_t length) {
    const std::vector<Key> keys = burst_keys(first, length);
    if constexpr (BurstErasable<Table>) {
      const std::uint64_t erased = table_.erase_burst(keys);
      for (std::size_t i = 0; i < length; ++i) note_erase(keys[i], (erased >> i & 1) != 0);
    } else {
      for (const Key& key : keys) note_erase(key, table_.erase(key));
    }
    expect(table_.size() == oracle_.size(), "erase: wrong size");
  }

  void clear() {
    table_.clear();
    oracle_.clear();
    expect(table_.size() == 0, "clear: wrong size");
  }

  void compare_all() {
    std::size_t visited = 0;
    std::as_const(table_).for_each([&](const Key& key, const Value& value) {
      ++visited;
      const auto known = oracle_.find(key);
      expect(known != oracle_.end() && known->second == value, "for_each: an entry that is not there");
    });
    expect(visited == oracle_.size(), "for_each: not every entry, or one twice");
    for (const auto& [key, expected] : oracle_) {
      Value value{};
      const bool found = table_.find(key, value);
      note_find(key, found, value);
    }
  }

  std::span<const std::uint8_t> script_;
  std::size_t capacity_;
  std::uint32_t universe_;
  Table table_;
  std::unordered_map<Key, Value, TupleHash> oracle_;
  std::uint64_t values_made_ = 0;
  std::size_t step_ = 0;
  std::string failure_;
};

// Empty, or what went wrong at which step.
template <class Table>
std::string run_script(std::span<const std::uint8_t> script) {
  if (script.size() < kScriptHeader) return {};
  return ScriptRunner<Table>(script).run();
}

// Leaves out as many operations of a failing script as it can while it still fails: halves, quarters, ... single ones.
template <class Fails>
std::vector<std::uint8_t> shrink_script(std::vector<std::uint8_t> script, Fails fails) {
  for (std::size_t chunk = (script.size() - kScriptHeader) / kOperationBytes / 2; chunk != 0; chunk /= 2) {
    for (std::size_t at = kScriptHeader; at + chunk * kOperationBytes <= script.size();) {
      std::vector<std::uint8_t> shorter = script;
      const auto from = shorter.begin() + static_cast<std::ptrdiff_t>(at);
      shorter.erase(from, from + static_cast<std::ptrdiff_t>(chunk * kOperationBytes));
      if (fails(shorter)) {
        script = std::move(shorter);
      } else {
        at += chunk * kOperationBytes;
      }
    }
  }
  return script;
}

}  // namespace nicbench::testing
