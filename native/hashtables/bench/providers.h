// All tables of a program: nicbench's own and, where their library was found, the peers.
#pragma once

#include <string>
#include <vector>

#include "hashtables/bench/benchmark.h"

namespace nicbench {

struct MissingTable {
  std::string name;
  std::string how_to_get;
};

// Peers whose library is linked like any other.
TableProvider peer_tables();

// DPDK's, which need its environment: in table-bench only.
TableProvider dpdk_tables();

// nicbench's own shared between threads: in programs that link nicbench_shared_table_bench.
TableProvider shared_tables();

// nicbench's own, and peer_tables().
std::vector<TableProvider> all_tables();

// Known peers that are not among these providers.
std::vector<MissingTable> missing_tables(const std::vector<TableProvider>& providers = all_tables());

}  // namespace nicbench
