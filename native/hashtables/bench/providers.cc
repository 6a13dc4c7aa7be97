#include "hashtables/bench/providers.h"

#include <algorithm>

namespace nicbench {
namespace {

bool has(const std::vector<TableProvider>& providers, std::string_view name) {
  return std::any_of(providers.begin(), providers.end(), [&](const TableProvider& provider) {
    return std::any_of(provider.tables.begin(), provider.tables.end(),
                       [&](const TableInfo& info) { return info.name == name; });
  });
}

}  // namespace

std::vector<TableProvider> all_tables() { return {core_tables(), peer_tables()}; }

std::vector<MissingTable> missing_tables(const std::vector<TableProvider>& providers) {
  const MissingTable known[] = {
      {"absl-flat", "install libabsl-dev and build again"},
      {"boost-flat",
       "install Boost 1.81 or newer (libboost1.81-dev), or give its prefix as BOOST_ROOT, and build again"},
      {"tsl-hopscotch", "install libtsl-hopscotch-map-dev and build again"},
      {"tsl-robin", "install robin-map-dev and build again"},
      {"libcuckoo", "install libcuckoo-dev and build again"},
      {"tbb", "install libtbb-dev and build again"},
      {"ck-ht", "install libck-dev and build again"},
      {"rte-hash", "install libdpdk-dev and build table-bench (NICBENCH_BENCH=ON), the only program that has it"},
      {"rte-hash-lf", "install libdpdk-dev and build table-bench (NICBENCH_BENCH=ON), the only program that has it"},
  };
  std::vector<MissingTable> missing;
  for (const MissingTable& table : known) {
    if (!has(providers, table.name)) missing.push_back(table);
  }
  return missing;
}

}  // namespace nicbench
