// TableTrial: the benchmark's loops, compiled once for each table and key type.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "common/clock.h"
#include "common/user_error.h"
#include "hashtables/bench/benchmark.h"
#include "hashtables/bench/together.h"
#include "hashtables/bench/workload.h"
#include "hashtables/flow_table.h"

namespace nicbench {

template <class Table>
class TableTrial final : public Trial {
 public:
  using Key = typename Table::Key;
  using Value = typename Table::Value;

  // On `table`, which others may use at the same time, with flows of its own; they take their time `together`.
  // Without, on a table of its own.
  TableTrial(const BenchmarkConfig& config, std::span<const Key> trace, std::shared_ptr<Table> table = nullptr,
             Together* together = nullptr)
      : config_(config),
        target_(static_cast<std::uint64_t>(static_cast<double>(config.slots) * config.load_factor)),
        work_(config, target_, trace),
        shared_(table != nullptr),
        owner_(shared_ ? std::move(table) : std::make_shared<Table>(table_options(config, config.slots))),
        table_(*owner_),
        together_(together) {
    if (config_.order == KeyOrder::kTrace) target_ = std::min(target_, work_.trace_flows());
    start_ = config_.operation == Operation::kInsert
                 ? static_cast<std::uint64_t>(static_cast<double>(config.slots) * config.load_from)
             : config_.operation == Operation::kFill ? 0
                                                     : target_;
    fill_to(start_);
  }

  static TableOptions table_options(const BenchmarkConfig& config, std::uint64_t slots) {
    return {.capacity = static_cast<std::size_t>(slots),
            .seed = config.seed,
            .huge_pages = config.huge_pages,
            .slots = static_cast<std::size_t>(slots)};
  }

  void run_round(BenchmarkResult& result) override {
    // Filling ends at the first refusal, however long that takes; a table that grows instead of refusing is stopped.
    const bool fill = config_.operation == Operation::kFill;
    const std::uint64_t operations = fill ? 2 * config_.slots + kChunk : config_.operations;
    const std::uint64_t ops_limit = operations != 0 ? result.operations + operations : UINT64_MAX;
    const auto tick_limit = static_cast<std::uint64_t>(config_.seconds * ticks_per_second());
    clocked_ = 0;
    const std::uint64_t disturbed = together_ == nullptr ? UINT64_MAX : disturbed_ticks();
    const std::uint64_t latest = ticks() + kPatience * tick_limit;
    do {
      const std::uint64_t operations_before = result.operations, clocked_before = clocked_;
      run_chunk(result, std::min<std::uint64_t>(kChunk, ops_limit - result.operations));
      if (clocked_ - clocked_before > disturbed && ticks() < latest) {
        result.operations = operations_before;
        clocked_ = clocked_before;
      }
    } while (go_on(!ended_ && result.operations < ops_limit && (operations != 0 || clocked_ < tick_limit)));
    result.seconds += static_cast<double>(clocked_) / ticks_per_second();
    result.cycles_per_op += static_cast<double>(clocked_);
  }

  void finish(BenchmarkResult& result) override {
    if (config_.latency_samples != 0) sample_latency(result);
    if (ended_) result.max_load = static_cast<double>(table_.size()) / static_cast<double>(table_.capacity());
    check_every_flow(result);
    const double operations = static_cast<double>(std::max<std::uint64_t>(result.operations, 1));
    result.ns_per_op = result.seconds * 1e9 / operations;
    result.cycles_per_op /= operations;
    result.ops_per_s = result.seconds > 0 ? operations / result.seconds : 0;
    result.live = table_.size();
    result.slots = table_.capacity();
    result.memory = table_.memory();
    result.bytes_per_entry =
        static_cast<double>(result.memory) / static_cast<double>(std::max<std::uint64_t>(result.live, 1));
    result.pages = pages();
    if constexpr (ProbeStatistics<Table>) count_probes(result);
  }

  std::uint64_t memory() const override { return table_.memory(); }
  std::uint64_t slots() const { return table_.capacity(); }
  std::uint64_t live() const { return work_.live(); }
  std::optional<PageKind> pages() const {
    if constexpr (requires { table_.pages(); }) return table_.pages();
    return std::nullopt;
  }

  void check_every_flow(BenchmarkResult& result) noexcept {
    if (!shared_) result.wrong += table_.size() != work_.live();
    for (std::uint64_t flow = work_.oldest(); flow < work_.next();) {
      const std::size_t count = std::min<std::uint64_t>(kMaxBurst, work_.next() - flow);
      for (std::size_t i = 0; i < count; ++i) chunk_.keys[i] = work_.key_of(flow + i);
      const std::uint64_t hits = table_.find_burst(std::span<const Key>(chunk_.keys.data(), count),
                                                   std::span<Value>(chunk_.values.data(), count));
      for (std::size_t i = 0; i < count; ++i, ++flow) {
        result.wrong += (hits >> i & 1) == 0 || chunk_.values[i] != flow_value(flow);
      }
    }
  }

 private:
  static constexpr std::size_t kChunk = 2048;
  static constexpr std::uint64_t kPatience = 20;  // rounds that a disturbed one may take before disturbances count

  // Of a chunk on threads that share the host with others: it takes 0.1 ms, or 1.5 ms behind a mutex that sleeps. One
  // that took longer lost its core to another program, whose time slices are longer.
  static std::uint64_t disturbed_ticks() { return static_cast<std::uint64_t>(2.5e-3 * ticks_per_second()); }

  // What one timed call loop worked on: filled before the clock starts, checked after it stops.
  struct Chunk {
    std::array<Key, kChunk> keys;
    std::array<Value, kChunk> values;
    std::array<Value, kChunk> expected;
    std::array<std::uint64_t, kChunk> masks;
    std::array<InsertResult, kChunk> inserted;
    std::array<std::uint32_t, kChunk> lookups, inserts, erases;  // of each burst of a mixed chunk
  };

  // Threads that measure together stop together.
  bool go_on(bool wanted) noexcept { return together_ == nullptr ? wanted : together_->all(wanted); }

  template <class F>
  void clocked(F&& f) {
    if (together_ != nullptr) together_->all(true);
    const std::uint64_t before = ticks();
    f();
    clocked_ += ticks() - before;
  }

  void run_chunk(BenchmarkResult& result, std::size_t count) {
    switch (config_.operation) {
      case Operation::kHit: return lookup_chunk(result, count, true);
      case Operation::kMiss: return lookup_chunk(result, count, false);
      case Operation::kInsert:
      case Operation::kFill: return insert_chunk(result, count);
      case Operation::kErase: return erase_chunk(result, count);
      case Operation::kMixed: return mixed_chunk(result, count);
      case Operation::kChurn: return churn_chunk(result, count);
    }
  }

  void lookup_chunk(BenchmarkResult& result, std::size_t count, bool live) {
    if (live && work_.live() == 0) live = false;
    for (std::size_t i = 0; i < count; ++i) {
      const std::uint64_t flow = live ? work_.pick_live() : work_.pick_absent();
      chunk_.keys[i] = work_.key_of(flow);
      chunk_.expected[i] = flow_value(flow);
    }
    clocked([&] { look_up(count); });
    check_lookups(result, 0, count, config_.burst, 0, live);
    result.operations += count;
  }

  void look_up(std::size_t count) noexcept {
    const std::span<const Key> keys(chunk_.keys.data(), count);
    const std::span<Value> values(chunk_.values.data(), count);
    const std::size_t burst = config_.burst;
    if (burst == 1) {
      for (std::size_t i = 0; i < count; ++i) chunk_.masks[i] = table_.find(keys[i], values[i]);
      return;
    }
    if constexpr (SplitLookup<Table>) {
      if (config_.pipelined) return look_up_pipelined(keys, values);
    }
    std::size_t b = 0;
    for (std::size_t i = 0; i < count; i += burst, ++b) {
      const std::size_t length = std::min(burst, count - i);
      chunk_.masks[b] = table_.find_burst(keys.subspan(i, length), values.subspan(i, length));
    }
  }

  void look_up_pipelined(std::span<const Key> keys, std::span<Value> values) noexcept requires SplitLookup<Table> {
    typename Table::Pending pending[2];
    const std::size_t burst = config_.burst;
    const auto part = [&](std::size_t b) { return keys.subspan(b * burst, std::min(burst, keys.size() - b * burst)); };
    const std::size_t bursts = (keys.size() + burst - 1) / burst;
    table_.start(part(0), pending[0]);
    for (std::size_t b = 0; b < bursts; ++b) {
      if (b + 1 < bursts) table_.start(part(b + 1), pending[(b + 1) % 2]);
      chunk_.masks[b] = table_.finish(part(b), pending[b % 2], values.subspan(b * burst));
    }
  }

  // Checks `count` lookups from chunk position `first`, answered in masks from `mask` on, `burst` bits each.
  void check_lookups(BenchmarkResult& result, std::size_t first, std::size_t count, std::size_t burst, std::size_t mask,
                     bool live) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
      const bool hit = chunk_.masks[mask + i / burst] >> i % burst & 1;
      ++(hit ? result.hits : result.misses);
      result.wrong += hit != live || (hit && chunk_.values[first + i] != chunk_.expected[first + i]);
    }
  }

  void set_new_flow(std::size_t i) noexcept {
    const std::uint64_t flow = work_.take_new();
    chunk_.keys[i] = work_.key_of(flow);
    chunk_.values[i] = flow_value(flow);
  }

  void insert_chunk(BenchmarkResult& result, std::size_t count) {
    const bool fill = config_.operation == Operation::kFill;
    if (!fill && work_.live() >= target_) remove_added();
    if (!fill) count = std::min<std::uint64_t>(count, target_ - work_.live());
    if (count == 0) {
      ended_ = true;
      return;
    }
    for (std::size_t i = 0; i < count; ++i) set_new_flow(i);
    clocked([&] { insert(0, count); });
    result.operations += count;
    const std::size_t refused = take_back_refused(result, count);
    ended_ = fill && refused != 0;
  }

  void insert(std::size_t first, std::size_t count) noexcept {
    const std::size_t burst = config_.burst;
    if constexpr (BurstInsertable<Table>) {
      if (burst > 1) {
        for (std::size_t i = first; i < first + count; i += burst) {
          const std::size_t length = std::min(burst, first + count - i);
          table_.insert_burst(std::span<const Key>(&chunk_.keys[i], length),
                              std::span<const Value>(&chunk_.values[i], length),
                              std::span<InsertResult>(&chunk_.inserted[i], length));
        }
        return;
      }
    }
    for (std::size_t i = first; i < first + count; ++i) {
      chunk_.inserted[i] = table_.insert(chunk_.keys[i], chunk_.values[i]);
    }
  }

  // Counts the refusals among the `count` newest flows. A hole in the window of live flows would spoil all later
  // checks, so after a refusal all flows from the first refused one on are taken out again.
  std::size_t take_back_refused(BenchmarkResult& result, std::size_t count) noexcept {
    std::size_t refused = 0, first_refused = count;
    for (std::size_t i = 0; i < count; ++i) {
      result.wrong += chunk_.inserted[i] == InsertResult::kExists;
      if (chunk_.inserted[i] != InsertResult::kFull) continue;
      ++refused;
      first_refused = std::min(first_refused, i);
    }
    result.refused += refused;
    for (std::size_t i = count; i-- > first_refused;) {
      work_.give_back_new();
      if (chunk_.inserted[i] == InsertResult::kInserted) result.wrong += !table_.erase(chunk_.keys[i]);
    }
    return refused;
  }

  // Back to where the insert operation starts.
  void remove_added() {
    if (start_ == 0) {
      table_.clear();
      work_.restart();
      return;
    }
    while (work_.live() > start_) table_.erase(work_.key_of(work_.give_back_new()));
  }

  void erase_chunk(BenchmarkResult& result, std::size_t count) {
    if (work_.live() < (target_ + 1) / 2 || work_.live() < count) fill_to(target_);
    count = std::min<std::uint64_t>(count, work_.live());
    if (count == 0) {
      ended_ = true;
      return;
    }
    for (std::size_t i = 0; i < count; ++i) chunk_.keys[i] = work_.key_of(work_.take_oldest());
    clocked([&] { erase(0, count); });
    result.operations += count;
    for (std::size_t i = 0; i < count; ++i) result.wrong += chunk_.masks[i] == 0;
  }

  // masks[i] = was keys[i] there.
  void erase(std::size_t first, std::size_t count) noexcept {
    if constexpr (BurstErasable<Table>) {
      if (config_.burst > 1) {
        for (std::size_t i = first; i < first + count; i += config_.burst) {
          const std::size_t length = std::min<std::size_t>(config_.burst, first + count - i);
          const std::uint64_t erased = table_.erase_burst(std::span<const Key>(&chunk_.keys[i], length));
          for (std::size_t j = 0; j < length; ++j) chunk_.masks[i + j] = erased >> j & 1;
        }
        return;
      }
    }
    for (std::size_t i = first; i < first + count; ++i) chunk_.masks[i] = table_.erase(chunk_.keys[i]);
  }

  // Each burst: its lookups, then its inserts, then its erases, as a tracker does after classifying a burst.
  void mixed_chunk(BenchmarkResult& result, std::size_t count) {
    const std::size_t bursts = plan_mixed(count);
    clocked([&] { run_mixed(bursts); });
    result.operations += count;
    check_mixed(result, bursts);
  }

  std::size_t plan_mixed(std::size_t count) noexcept {
    const double total = config_.shares.lookup + config_.shares.insert + config_.shares.erase;
    std::size_t at = 0, bursts = 0;
    for (; at < count; ++bursts) {
      const auto length = static_cast<std::uint32_t>(std::min<std::size_t>(config_.burst, count - at));
      insert_debt_ += length * config_.shares.insert / total;
      erase_debt_ += length * config_.shares.erase / total;
      const std::uint32_t inserts = std::min(static_cast<std::uint32_t>(insert_debt_), length);
      const std::uint32_t erases = std::min(static_cast<std::uint32_t>(erase_debt_), length - inserts);
      insert_debt_ -= inserts;
      erase_debt_ -= erases;
      chunk_.lookups[bursts] = length - inserts - erases;
      chunk_.inserts[bursts] = inserts;
      chunk_.erases[bursts] = erases;
      for (std::uint32_t i = 0; i < chunk_.lookups[bursts]; ++i, ++at) {
        const std::uint64_t flow = work_.pick_live();
        chunk_.keys[at] = work_.key_of(flow);
        chunk_.expected[at] = flow_value(flow);
      }
      for (std::uint32_t i = 0; i < inserts; ++i, ++at) set_new_flow(at);
      for (std::uint32_t i = 0; i < erases; ++i, ++at) chunk_.keys[at] = work_.key_of(work_.take_oldest());
    }
    return bursts;
  }

  void run_mixed(std::size_t bursts) noexcept {
    if constexpr (SplitLookup<Table>) {
      if (config_.pipelined && config_.burst > 1) {
        typename Table::Pending pending[2];
        table_.start(mixed_lookups(0, 0), pending[0]);
        return for_each_mixed(bursts, [&](std::size_t b, std::size_t at, std::size_t next) {
          if (b + 1 < bursts) table_.start(mixed_lookups(b + 1, next), pending[(b + 1) % 2]);
          chunk_.masks[at] =
              table_.finish(mixed_lookups(b, at), pending[b % 2], {&chunk_.values[at], chunk_.lookups[b]});
        });
      }
    }
    for_each_mixed(bursts, [&](std::size_t b, std::size_t at, std::size_t) {
      const std::span<const Key> keys = mixed_lookups(b, at);
      const std::span<Value> values(&chunk_.values[at], keys.size());
      if (config_.burst == 1) {
        if (!keys.empty()) chunk_.masks[at] = table_.find(keys[0], values[0]);
      } else {
        chunk_.masks[at] = table_.find_burst(keys, values);
      }
    });
  }

  std::span<const Key> mixed_lookups(std::size_t b, std::size_t at) const noexcept {
    return {&chunk_.keys[at], chunk_.lookups[b]};
  }

  // look_up(b, at, next): burst b begins at chunk position `at`, the one after it at `next`. Erases write masks at
  // their own positions, which lie behind those of the lookups, and do so later.
  template <class F>
  void for_each_mixed(std::size_t bursts, F&& look_up) noexcept {
    for (std::size_t b = 0, at = 0, next = 0; b < bursts; ++b, at = next) {
      next = at + chunk_.lookups[b] + chunk_.inserts[b] + chunk_.erases[b];
      look_up(b, at, next);
      insert(at + chunk_.lookups[b], chunk_.inserts[b]);
      erase(next - chunk_.erases[b], chunk_.erases[b]);
    }
  }

  void check_mixed(BenchmarkResult& result, std::size_t bursts) noexcept {
    std::size_t at = 0;
    for (std::size_t b = 0; b < bursts; ++b) {
      check_lookups(result, at, chunk_.lookups[b], kMaxBurst, at, true);
      at += chunk_.lookups[b];
      for (std::uint32_t i = 0; i < chunk_.inserts[b]; ++i, ++at) {
        result.refused += chunk_.inserted[at] == InsertResult::kFull;
        result.wrong += chunk_.inserted[at] != InsertResult::kInserted;
      }
      for (std::uint32_t i = 0; i < chunk_.erases[b]; ++i, ++at) result.wrong += chunk_.masks[at] == 0;
    }
  }

  // Erases first: a full table has room then. keys[i] and keys[half + i] are the old and the new flow of operation i.
  void churn_chunk(BenchmarkResult& result, std::size_t count) {
    count = std::min<std::uint64_t>({count, kChunk / 2, work_.live()});
    if (count == 0) {
      ended_ = true;
      return;
    }
    constexpr std::size_t kHalf = kChunk / 2;
    for (std::size_t i = 0; i < count; ++i) {
      chunk_.keys[i] = work_.key_of(work_.take_oldest());
      set_new_flow(kHalf + i);
    }
    clocked([&] {
      const std::size_t burst = config_.burst;
      for (std::size_t i = 0; i < count; i += burst) {
        const std::size_t length = std::min(burst, count - i);
        erase(i, length);
        insert(kHalf + i, length);
      }
    });
    result.operations += count;
    for (std::size_t i = 0; i < count; ++i) {
      result.refused += chunk_.inserted[kHalf + i] == InsertResult::kFull;
      result.wrong += chunk_.masks[i] == 0 || chunk_.inserted[kHalf + i] != InsertResult::kInserted;
    }
  }

  void fill_to(std::uint64_t live) {
    while (work_.live() < live) {
      const std::uint64_t flow = work_.take_new();
      if (table_.insert(work_.key_of(flow), flow_value(flow)) == InsertResult::kInserted) continue;
      throw UserError("LOAD_TOO_HIGH",
                      "The table refused flow " + std::to_string(work_.live()) + " of " + std::to_string(live) +
                          " while it was filled (" + std::to_string(table_.capacity()) + " slots).",
                      "Lower load_factor; operation fill tells how high this table can be loaded.");
    }
  }

  // At constant size: clocks inserts one by one, each after an erase that is not clocked.
  void sample_latency(BenchmarkResult& result) {
    const double ns_per_tick = 1e9 / ticks_per_second();
    result.timer_ns = timer_ticks() * ns_per_tick;
    fill_to(target_);
    for (std::uint64_t i = 0; i < config_.latency_samples && work_.live() != 0; ++i) {
      result.wrong += !table_.erase(work_.key_of(work_.take_oldest()));
      const std::uint64_t flow = work_.take_new();
      const Key key = work_.key_of(flow);
      const std::uint64_t before = ordered_ticks();
      const InsertResult inserted = table_.insert(key, flow_value(flow));
      const std::uint64_t after = ordered_ticks();
      result.wrong += inserted != InsertResult::kInserted;
      result.insert_ns.record(static_cast<std::uint64_t>(static_cast<double>(after - before) * ns_per_tick));
    }
  }

  // Ordered against the loads and stores around it, unlike ticks().
  static std::uint64_t ordered_ticks() noexcept {
#if defined(__x86_64__)
    _mm_lfence();
    const std::uint64_t now = ticks();
    _mm_lfence();
    return now;
#else
    return ticks();
#endif
  }

  static double timer_ticks() noexcept {
    std::uint64_t least = UINT64_MAX;
    for (int i = 0; i < 100; ++i) {
      const std::uint64_t before = ordered_ticks();
      least = std::min(least, ordered_ticks() - before);
    }
    return static_cast<double>(least);
  }

  void count_probes(BenchmarkResult& result) noexcept {
    // A sample of a million flows is enough, and every one of a smaller table.
    const std::uint64_t step = std::max<std::uint64_t>(work_.live() / 1'000'000, 1);
    std::uint64_t flows = 0, probes = 0;
    for (std::uint64_t flow = work_.oldest(); flow < work_.next(); flow += step, ++flows) {
      const std::uint64_t length = table_.probe_length(work_.key_of(flow));
      probes += length;
      result.max_probe_length = std::max(result.max_probe_length, length);
    }
    result.mean_probe_length = flows == 0 ? 0 : static_cast<double>(probes) / static_cast<double>(flows);
    result.displacements_per_insert =
        static_cast<double>(table_.displacements()) / static_cast<double>(std::max<std::uint64_t>(work_.next(), 1));
  }

  BenchmarkConfig config_;
  std::uint64_t target_;
  Workload<Key> work_;
  const bool shared_;
  std::shared_ptr<Table> owner_;
  Table& table_;
  Together* together_;
  std::uint64_t start_ = 0;
  std::uint64_t clocked_ = 0;
  bool ended_ = false;
  double insert_debt_ = 0, erase_debt_ = 0;
  Chunk chunk_;
};

}  // namespace nicbench
