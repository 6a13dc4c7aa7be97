// The benchmark checks its answers, and these tests check the benchmark.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <unordered_set>
#include <vector>

#include "common/user_error.h"
#include "hashtables/bench/benchmark.h"
#include "hashtables/bench/compare.h"
#include "hashtables/bench/limits.h"
#include "hashtables/bench/providers.h"
#include "hashtables/bench/table_trial.h"
#include "hashtables/bench/workload.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {
namespace {

BenchmarkConfig small(Operation operation) {
  BenchmarkConfig config;
  config.operation = operation;
  config.slots = 5000;
  config.load_factor = 0.8;
  config.operations = 20000;
  config.huge_pages = false;
  return config;
}

TEST(Benchmark, EveryTableAnswersEveryOperationRightly) {
  for (const TableInfo& info : table_infos()) {
    for (const Operation operation : {Operation::kHit, Operation::kMiss, Operation::kInsert, Operation::kErase,
                                      Operation::kMixed, Operation::kChurn, Operation::kFill}) {
      for (const KeyKind key : {KeyKind::kIpv4, KeyKind::kIpv6}) {
        for (const std::uint32_t burst : {1u, 7u, 32u, 64u}) {
          BenchmarkConfig config = small(operation);
          config.table = info.name;
          config.key = key;
          config.burst = burst;
          config.pipelined = burst == 64;
          config.latency_samples = operation == Operation::kChurn ? 1000 : 0;
          const BenchmarkResult result = run_benchmark(config);
          ASSERT_EQ(result.wrong, 0u) << info.name << ' ' << to_string(operation) << " burst " << burst;
          ASSERT_GT(result.operations, 0u);
          ASSERT_GT(result.ops_per_s, 0);
          ASSERT_EQ(result.insert_ns.total(), config.latency_samples);
          if (operation == Operation::kHit) {
            ASSERT_EQ(result.hits, result.operations);
          }
          if (operation == Operation::kMiss) {
            ASSERT_EQ(result.misses, result.operations);
          }
          if (operation == Operation::kHit || operation == Operation::kChurn) {
            ASSERT_EQ(result.live, 4000u);
          }
          if (operation == Operation::kFill) {
            ASSERT_GT(result.max_load, 0.8) << info.name;
          }
        }
      }
    }
  }
}

template <class K, class V>
class LosesEveryHundredth : public CuckooTable<K, V> {
 public:
  using CuckooTable<K, V>::CuckooTable;
  std::uint64_t find_burst(std::span<const K> keys, std::span<V> values) const noexcept {
    const std::uint64_t hits = CuckooTable<K, V>::find_burst(keys, values);
    return ++lookups_ % 100 == 0 ? hits & (hits - 1) : hits;
  }

 private:
  mutable std::uint64_t lookups_ = 0;
};

template <class K, class V>
class GivesWrongValues : public CuckooTable<K, V> {
 public:
  using CuckooTable<K, V>::CuckooTable;
  bool find(const K& key, V& value) const noexcept {
    const bool found = CuckooTable<K, V>::find(key, value);
    if (key.source_port % 64 == 0) value += 1;
    return found;
  }
};

TEST(Benchmark, NoticesATableThatLosesKeys) {
  TableTrial<LosesEveryHundredth<FiveTuple4, std::uint32_t>> trial(small(Operation::kHit), {});
  BenchmarkResult result;
  trial.run_round(result);
  EXPECT_GT(result.wrong, 0u);
}

TEST(Benchmark, NoticesWrongValues) {
  BenchmarkConfig config = small(Operation::kHit);
  config.burst = 1;
  TableTrial<GivesWrongValues<FiveTuple4, std::uint32_t>> trial(config, {});
  BenchmarkResult result;
  trial.run_round(result);
  EXPECT_GT(result.wrong, 0u);
}

TEST(Benchmark, ThreadsHaveTablesOfTheirOwnAndAddUp) {
  BenchmarkConfig config = small(Operation::kMixed);
  config.threads = 3;
  const BenchmarkResult result = run_benchmark(config);
  EXPECT_EQ(result.operations, 60000u);
  EXPECT_EQ(result.wrong, 0u);
  EXPECT_EQ(result.live, 4000u) << "of one thread";
}

std::vector<TableProvider> with_shared_tables() {
  std::vector<TableProvider> providers = all_tables();
  providers.push_back(shared_tables());
  return providers;
}

TEST(Benchmark, CoresShareATableInEveryWayAndEachFindsItsOwnFlows) {
  for (std::size_t i = 0; i < kSharingNames.size(); ++i) {
    const auto sharing = static_cast<Sharing>(i);
    for (const TableInfo& info : table_infos(sharing)) {
      for (const Operation operation : {Operation::kHit, Operation::kMiss, Operation::kMixed, Operation::kChurn}) {
        SCOPED_TRACE(std::string(to_string(sharing)) + ", " + std::string(info.name));
        BenchmarkConfig config = small(operation);
        config.table = info.name;
        config.sharing = sharing;
        config.threads = 2;
        config.slots = 2000;
        config.closed_loop = true;
        const auto trial = make_trial(config, with_shared_tables());
        BenchmarkResult result;
        trial->run_round(result);
        trial->finish(result);
        EXPECT_EQ(result.wrong, 0u);
        EXPECT_GT(result.operations, 0u);
        EXPECT_EQ(result.live, 3200u) << "of both threads";
        EXPECT_EQ(result.memory, trial->memory());
      }
    }
  }
}

TEST(Benchmark, SaysWhichOperationsCoresCanMeasureTogether) {
  BenchmarkConfig config = small(Operation::kFill);
  config.sharing = Sharing::kLockFree;
  EXPECT_THROW(make_trial(config, with_shared_tables()), UserError);
  config.operation = Operation::kHit;
  config.table = "hopscotch";
  EXPECT_THROW(make_trial(config, with_shared_tables()), UserError) << "it cannot be shared";
}

TEST(Benchmark, InsertsBetweenTwoLoads) {
  BenchmarkConfig config = small(Operation::kInsert);
  config.load_from = 0.75;
  const BenchmarkResult result = run_benchmark(config);
  EXPECT_EQ(result.wrong, 0u);
  EXPECT_EQ(result.operations, 20000u);
  EXPECT_GE(result.live, 3750u);
  EXPECT_LE(result.live, 4000u);
}

TEST(Benchmark, LooksUpATraceInItsOrder) {
  BenchmarkConfig config = small(Operation::kHit);
  config.order = KeyOrder::kTrace;
  for (std::uint64_t i = 0; i < 9000; ++i) config.trace4.push_back(random_tuple(i * i % 700, FiveTuple4{}));
  const BenchmarkResult result = run_benchmark(config);
  EXPECT_EQ(result.wrong, 0u);
  EXPECT_EQ(result.hits, 20000u);
  const std::vector<FiveTuple4> flows = TraceFlows<FiveTuple4>(config.trace4).flows;
  EXPECT_EQ(result.live, flows.size());
}

TEST(Benchmark, RefusesWhatMakesNoSense) {
  const auto code = [](auto change) -> std::string {
    BenchmarkConfig config = small(Operation::kHit);
    change(config);
    try {
      run_benchmark(config);
    } catch (const UserError& error) {
      return error.code();
    }
    return "none";
  };
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.burst = 0; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.burst = 65; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.slots = 0; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.load_factor = 1.01; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.load_factor = std::nan(""); }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.load_from = 0.9; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.threads = 0; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.seconds = 0, c.operations = 0; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.shares = {0.9, 0.1, 0}; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.order = KeyOrder::kTrace; }), "BENCHMARK_CONFIG");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.table = "cukoo"; }), "TABLE_UNKNOWN");
  EXPECT_EQ(code([](BenchmarkConfig& c) { c.table = "hopscotch", c.load_factor = 1; }), "LOAD_TOO_HIGH");
}

TEST(Benchmark, NamesParseBack) {
  for (const Operation operation : {Operation::kHit, Operation::kChurn, Operation::kFill})
    EXPECT_EQ(parse_operation(to_string(operation)), operation);
  for (const KeyOrder order : {KeyOrder::kUniform, KeyOrder::kTrace})
    EXPECT_EQ(parse_key_order(to_string(order)), order);
  EXPECT_EQ(parse_key_kind("ipv6"), KeyKind::kIpv6);
  EXPECT_THROW(parse_operation("hits"), UserError);
}

TEST(Workload, ZipfRanksHaveTheirShares) {
  constexpr std::uint64_t kRanks = 1000;
  constexpr int kDraws = 400000;
  for (const double exponent : {0.8, 1.0, 1.3}) {
    const ZipfSampler zipf(kRanks, exponent);
    Xoshiro256 random(3);
    std::vector<int> counts(kRanks);
    for (int i = 0; i < kDraws; ++i) ++counts.at(zipf(random));
    double total = 0;
    for (std::uint64_t rank = 1; rank <= kRanks; ++rank) total += std::pow(rank, -exponent);
    for (const std::uint64_t rank : {1u, 2u, 10u, 100u}) {
      const double expected = kDraws * std::pow(rank, -exponent) / total;
      EXPECT_NEAR(counts[rank - 1], expected, 6 * std::sqrt(expected)) << "rank " << rank << ", exponent " << exponent;
    }
  }
}

TEST(Workload, FlowsDifferAndSeedsShareNone) {
  BenchmarkConfig one, other;
  other.seed = 2;
  const Workload<FiveTuple4> a(one, 10, {}), b(other, 10, {});
  std::unordered_set<FiveTuple4, TupleHash> seen;
  for (std::uint64_t flow = 0; flow < 100000; ++flow) {
    ASSERT_TRUE(seen.insert(a.key_of(flow)).second);
    ASSERT_TRUE(seen.insert(b.key_of(flow)).second);
    ASSERT_TRUE(seen.insert(a.key_of(Workload<FiveTuple4>::kMostFlows + flow)).second) << "absent flows are others";
  }
}

TEST(Compare, RunsTablesInTurnAndReportsThoseThatCannotTakeTheLoad) {
  BenchmarkConfig config = small(Operation::kHit);
  config.load_factor = 1;
  const auto compared = compare_tables(config, {"chaining", "hopscotch"}, 3, {core_tables()});
  ASSERT_EQ(compared.size(), 2u);
  EXPECT_TRUE(compared[0].error.empty());
  EXPECT_EQ(compared[0].result.wrong, 0u);
  EXPECT_LE(compared[0].ops_per_s.min, compared[0].ops_per_s.median);
  EXPECT_LE(compared[0].ops_per_s.median, compared[0].ops_per_s.max);
  EXPECT_GT(compared[0].share_of_limit, 0);
  EXPECT_FALSE(compared[1].error.empty());
}

TEST(Limits, AreMeasuredForAnyWorkingSet) {
  for (const std::uint64_t bytes : {0u, 64u, 1u << 20}) {
    const Limits limits = measure_limits(bytes, false, 0.001);
    EXPECT_GE(limits.working_set, bytes);
    EXPECT_GT(limits.line_reads_per_s, 0);
    EXPECT_GT(limits.dependent_read_ns, 0);
    EXPECT_GT(limits.sequential_bytes_per_s, 0);
  }
}

}  // namespace
}  // namespace nicbench
