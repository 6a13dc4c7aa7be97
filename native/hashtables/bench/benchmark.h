// The table benchmark: one table, one operation, one workload -> rates that have been checked.
//
//   const BenchmarkResult result = run_benchmark({.table = "cuckoo", .operation = Operation::kHit});
//
// Only the calls into the table are timed. Keys are made outside the clock, 2048 at a time, and lie in the first-level
// cache when the table sees them, as five-tuples just parsed do; answers are checked outside the clock, all of them.
// A run whose answers were wrong has wrong > 0 and its numbers mean nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/histogram.h"
#include "common/huge_pages.h"
#include "hashtables/registry.h"
#include "hashtables/shared/sharing_names.h"

namespace nicbench {

enum class KeyKind : std::uint8_t { kIpv4, kIpv6 };

enum class Operation : std::uint8_t {
  kHit,     // look up live flows
  kMiss,    // look up flows that are not there
  kInsert,  // from load_from to load_factor, then remove what was added (unclocked) and again
  kErase,   // erase the oldest live flows, refill (unclocked) and again
  kMixed,   // at constant size: lookups of live flows, inserts of new ones, erases of the oldest, by the shares
  kChurn,   // at constant size: every operation erases the oldest flow and inserts a new one
  kFill,    // insert from empty until the first refusal: the highest load that the table reaches
};

enum class KeyOrder : std::uint8_t {
  kUniform,     // random tuples, looked up in random order
  kZipf,        // random tuples, some far more often than others (zipf_exponent)
  kSequential,  // tuples that count up, looked up in that order
  kTrace,       // keys given by `trace`, looked up in that order, again from the start at its end
};

struct MixedShares {
  double lookup = 0.90;
  double insert = 0.05;
  double erase = 0.05;
};

struct BenchmarkConfig {
  std::string table = "cuckoo";
  KeyKind key = KeyKind::kIpv4;
  Operation operation = Operation::kHit;
  KeyOrder order = KeyOrder::kUniform;
  MixedShares shares;
  double zipf_exponent = 1.0;
  std::uint32_t burst = 32;        // 1: single calls; up to kMaxBurst
  bool pipelined = false;          // start the next burst before finishing this one, where the table can (SplitLookup)
  std::uint64_t slots = 1u << 20;  // of the table, per thread, rounded up by it to whole buckets
  double load_factor = 0.8;        // live flows / slots asked for
  double load_from = 0;            // kInsert only
  bool huge_pages = true;
  double seconds = 0.2;               // of clocked work, per thread
  std::uint64_t operations = 0;       // if not 0, stop after so many instead
  std::uint64_t latency_samples = 0;  // kInsert, kChurn: so many single inserts clocked one by one, in addition
  std::uint64_t seed = 1;
  // Threads have flows of their own, as RSS gives them to cores; `slots` is the share of each. With `sharded` each has
  // a table, too; else all use one of that many times the slots.
  std::uint32_t threads = 1;
  Sharing sharing = Sharing::kSharded;
  bool closed_loop =
      false;           // threads that keep pace, without what the host disturbed (cores_trial.h); so is any sharing
  int first_cpu = -1;  // pin thread i to CPU first_cpu + i; -1: do not pin
  std::vector<FiveTuple4> trace4;  // kTrace, by key kind
  std::vector<FiveTuple6> trace6;
};

struct BenchmarkResult {
  std::uint64_t operations = 0;  // clocked; an erase and insert of churn count as one
  double seconds = 0;            // clocked, the mean of the threads
  double ops_per_s = 0;          // all threads together
  double ns_per_op = 0;          // of one thread
  double cycles_per_op = 0;      // of the time-stamp counter, of one thread
  Histogram insert_ns;           // of the latency samples; includes the cost of reading the clock, timer_ns
  double timer_ns = 0;

  std::uint64_t hits = 0;     // lookups that hit, and checked values
  std::uint64_t misses = 0;   // lookups that missed
  std::uint64_t refused = 0;  // inserts refused because the table was full
  std::uint64_t wrong = 0;    // answers that were not as they had to be; 0 or the run is void

  std::uint64_t live = 0;    // flows in the table at the end (kFill: at the first refusal), of one thread
  std::uint64_t slots = 0;   // capacity() of the table
  std::uint64_t memory = 0;  // memory() of the table
  double bytes_per_entry = 0;
  double max_load = 0;           // kFill: size / slots at the first refusal
  double mean_probe_length = 0;  // over live flows; 0 where the table does not count
  std::uint64_t max_probe_length = 0;
  double displacements_per_insert = 0;
  std::optional<PageKind> pages;  // none: the table does not say
};

// A prepared table and workload: rounds can be run one after the other, or in turn with other trials.
class Trial {
 public:
  virtual ~Trial() = default;
  // Runs for config.seconds or config.operations and adds to the result.
  virtual void run_round(BenchmarkResult& result) = 0;
  // Looks up every live flow, takes the counts that are taken once, and computes the rates.
  virtual void finish(BenchmarkResult& result) = 0;
  // memory() of the table now.
  virtual std::uint64_t memory() const = 0;
};

// A group of tables that are compiled together: nicbench's own, peers, DPDK.
struct TableProvider {
  std::vector<TableInfo> tables;
  std::unique_ptr<Trial> (*make)(const BenchmarkConfig& config);
};

TableProvider core_tables();

// Prepares a trial: makes the table and fills it as the operation needs.
// Throws UserError (TABLE_UNKNOWN, BENCHMARK_CONFIG), std::bad_alloc or std::length_error.
std::unique_ptr<Trial> make_trial(const BenchmarkConfig& config, const std::vector<TableProvider>& providers);

// Prepares, runs one round (on every thread) and finishes.
BenchmarkResult run_benchmark(const BenchmarkConfig& config,
                              const std::vector<TableProvider>& providers = {core_tables()});

// Names as in suites and on the command line; the parsers throw UserError naming all.
std::string_view to_string(Operation operation) noexcept;
std::string_view to_string(KeyOrder order) noexcept;
std::string_view to_string(KeyKind kind) noexcept;
Operation parse_operation(std::string_view name);
KeyOrder parse_key_order(std::string_view name);
KeyKind parse_key_kind(std::string_view name);

}  // namespace nicbench
