#include "hashtables/bench/benchmark.h"

#include <algorithm>
#include <array>
#include <barrier>
#include <exception>
#include <thread>
#include <utility>

#include "common/affinity.h"
#include "common/user_error.h"

namespace nicbench {
namespace {

constexpr std::array<std::pair<std::string_view, Operation>, 7> kOperations{{{"hit", Operation::kHit},
                                                                             {"miss", Operation::kMiss},
                                                                             {"insert", Operation::kInsert},
                                                                             {"erase", Operation::kErase},
                                                                             {"mixed", Operation::kMixed},
                                                                             {"churn", Operation::kChurn},
                                                                             {"fill", Operation::kFill}}};
constexpr std::array<std::pair<std::string_view, KeyOrder>, 4> kOrders{{{"uniform", KeyOrder::kUniform},
                                                                        {"zipf", KeyOrder::kZipf},
                                                                        {"sequential", KeyOrder::kSequential},
                                                                        {"trace", KeyOrder::kTrace}}};
constexpr std::array<std::pair<std::string_view, KeyKind>, 2> kKinds{
    {{"ipv4", KeyKind::kIpv4}, {"ipv6", KeyKind::kIpv6}}};

template <class Names>
auto parse(const Names& names, std::string_view what, std::string_view name) {
  std::string all;
  for (const auto& [known, value] : names) {
    if (known == name) return value;
    all.append(all.empty() ? "" : ", ").append(known);
  }
  throw UserError("BENCHMARK_CONFIG", "There is no " + std::string(what) + " '" + std::string(name) + "'.",
                  "There are: " + all + ".");
}

template <class Names, class Value>
std::string_view name_of(const Names& names, Value value) noexcept {
  for (const auto& [name, known] : names) {
    if (known == value) return name;
  }
  return "?";
}

void require(bool holds, const char* message, const char* hint) {
  if (!holds) throw UserError("BENCHMARK_CONFIG", message, hint);
}

void check(const BenchmarkConfig& config) {
  require(config.burst >= 1 && config.burst <= kMaxBurst, "burst is out of range.", "Give 1 to 64.");
  require(config.slots >= 1 && config.slots <= (std::uint64_t{1} << 30), "slots is out of range.", "Give 1 to 2^30.");
  require(config.load_factor >= 0 && config.load_factor <= 1, "load_factor is out of range.", "Give 0 to 1.");
  require(config.load_from >= 0 && config.load_from <= config.load_factor, "load_from is out of range.",
          "Give 0 to load_factor.");
  require(config.threads >= 1 && config.threads <= 1024, "threads is out of range.", "Give 1 to 1024.");
  require(config.seconds > 0 || config.operations > 0, "The run has no length.", "Give seconds or operations.");
  require(config.zipf_exponent > 0 && config.zipf_exponent < 10, "zipf_exponent is out of range.", "Give 0.5 to 2.");
  const MixedShares& shares = config.shares;
  require(
      shares.lookup >= 0 && shares.insert >= 0 && shares.erase >= 0 && shares.lookup + shares.insert + shares.erase > 0,
      "The shares of a mixed run are negative or all zero.", "Give for example 0.9, 0.05, 0.05.");
  require(shares.insert == shares.erase,
          "A mixed run inserts and erases different shares, so its size is not constant.",
          "Give the same share to inserts and erases.");
  if (config.order == KeyOrder::kTrace) {
    require(config.key == KeyKind::kIpv4 ? !config.trace4.empty() : !config.trace6.empty(),
            "The trace has no key of this kind.", "Give a trace with packets of this address family.");
    require(config.operation == Operation::kHit || config.operation == Operation::kMiss ||
                config.operation == Operation::kInsert,
            "Order trace goes with the operations hit, miss and insert only.", "Use uniform or zipf for the others.");
  }
}

BenchmarkResult run_one(const BenchmarkConfig& config, const std::vector<TableProvider>& providers,
                        std::barrier<>& start) {
  std::unique_ptr<Trial> trial;
  std::exception_ptr failure;
  try {
    trial = make_trial(config, providers);
  } catch (...) {
    failure = std::current_exception();
  }
  start.arrive_and_wait();
  if (failure) std::rethrow_exception(failure);
  BenchmarkResult result;
  trial->run_round(result);
  trial->finish(result);
  return result;
}

// Adds a thread's result to the total: counts and rates add up, times and probe lengths are means.
void merge(BenchmarkResult& total, const BenchmarkResult& one, double share) {
  total.operations += one.operations;
  total.seconds += one.seconds * share;
  total.ops_per_s += one.ops_per_s;
  total.ns_per_op += one.ns_per_op * share;
  total.cycles_per_op += one.cycles_per_op * share;
  for (const auto& [ns, count] : one.insert_ns.buckets()) {
    for (std::uint64_t i = 0; i < count; ++i) total.insert_ns.record(ns);
  }
  total.timer_ns = std::max(total.timer_ns, one.timer_ns);
  total.hits += one.hits;
  total.misses += one.misses;
  total.refused += one.refused;
  total.wrong += one.wrong;
  total.live = one.live;
  total.slots = one.slots;
  total.memory = one.memory;
  total.bytes_per_entry = one.bytes_per_entry;
  total.max_load += one.max_load * share;
  total.mean_probe_length += one.mean_probe_length * share;
  total.max_probe_length = std::max(total.max_probe_length, one.max_probe_length);
  total.displacements_per_insert += one.displacements_per_insert * share;
  total.pages = one.pages;
}

BenchmarkResult run_threads(const BenchmarkConfig& config, const std::vector<TableProvider>& providers) {
  std::vector<BenchmarkResult> results(config.threads);
  std::vector<std::exception_ptr> failures(config.threads);
  std::barrier<> start(static_cast<std::ptrdiff_t>(config.threads));
  {
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 0; i < config.threads; ++i) {
      threads.emplace_back([&, i] {
        try {
          BenchmarkConfig mine = config;
          mine.seed += i;
          mine.threads = 1;
          if (config.first_cpu >= 0) pin_this_thread(config.first_cpu + static_cast<int>(i), "table-bench");
          results[i] = run_one(mine, providers, start);
        } catch (...) {
          failures[i] = std::current_exception();
        }
      });
    }
  }
  BenchmarkResult total;
  for (std::uint32_t i = 0; i < config.threads; ++i) {
    if (failures[i]) std::rethrow_exception(failures[i]);
    merge(total, results[i], 1.0 / config.threads);
  }
  return total;
}

}  // namespace

std::unique_ptr<Trial> make_trial(const BenchmarkConfig& config, const std::vector<TableProvider>& providers) {
  check(config);
  std::string all;
  for (const TableProvider& provider : providers) {
    if (auto trial = provider.make(config)) return trial;
    for (const TableInfo& info : provider.tables) all.append(all.empty() ? "" : ", ").append(info.name);
  }
  throw UserError("TABLE_UNKNOWN", "This build has no table '" + config.table + "'.", "There are: " + all + ".");
}

BenchmarkResult run_benchmark(const BenchmarkConfig& config, const std::vector<TableProvider>& providers) {
  check(config);
  return run_threads(config, providers);
}

std::string_view to_string(Operation operation) noexcept { return name_of(kOperations, operation); }
std::string_view to_string(KeyOrder order) noexcept { return name_of(kOrders, order); }
std::string_view to_string(KeyKind kind) noexcept { return name_of(kKinds, kind); }
Operation parse_operation(std::string_view name) { return parse(kOperations, "operation", name); }
KeyOrder parse_key_order(std::string_view name) { return parse(kOrders, "key order", name); }
KeyKind parse_key_kind(std::string_view name) { return parse(kKinds, "key kind", name); }

}  // namespace nicbench
