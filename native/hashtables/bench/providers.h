// All tables of this executable: nicbench's own and, where their library was found, the peers.
#pragma once

#include <string>
#include <vector>

#include "hashtables/bench/benchmark.h"

namespace nicbench {

struct MissingTable {
  std::string name;
  std::string how_to_get;
};

TableProvider peer_tables();

std::vector<TableProvider> all_tables();

// Peers whose library was not found when this was built.
std::vector<MissingTable> missing_tables();

}  // namespace nicbench
