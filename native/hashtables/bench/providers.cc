#include "hashtables/bench/providers.h"

namespace nicbench {

std::vector<TableProvider> all_tables() {
  std::vector<TableProvider> providers{core_tables(), peer_tables()};
  return providers;
}

std::vector<MissingTable> missing_tables() { return {}; }

}  // namespace nicbench
