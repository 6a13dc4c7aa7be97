// Several tables measured in turn in one process: drift of the machine hits all of them alike.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hashtables/bench/benchmark.h"

namespace nicbench {

struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};

// Of at least one number.
Spread spread_of(std::vector<double> values);

struct ComparedTable {
  std::string table;
  Sharing sharing = Sharing::kSharded;
  std::uint32_t threads = 1;
  Spread ops_per_s;           // over the rounds
  Spread line_reads_per_s;    // the limit over a working set of this table's size, taken right after each of its rounds
  double share_of_limit = 0;  // of the medians, for one line an operation
  BenchmarkResult result;     // of all rounds together
  std::string error;          // why there is no result: the table refused the load, say
};

// One trial for each, all alive at the same time; every round runs each once, in a new random order. A table that
// cannot be prepared gets an error, the others go on. Throws UserError where the configuration is wrong.
std::vector<ComparedTable> compare_trials(const std::vector<BenchmarkConfig>& configs, std::uint32_t rounds,
                                          const std::vector<TableProvider>& providers);

// The same for tables that differ by name alone.
std::vector<ComparedTable> compare_tables(const BenchmarkConfig& config, const std::vector<std::string>& names,
                                          std::uint32_t rounds, const std::vector<TableProvider>& providers);

}  // namespace nicbench
