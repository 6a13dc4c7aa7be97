#include "hashtables/bench/providers.h"
#include "hashtables/bench/table_trial.h"
#include "hashtables/peers/peers.h"

namespace nicbench {

TableProvider peer_tables() {
  return {table_infos(PeerTables{}), [](const BenchmarkConfig& config) { return make_trial_of(PeerTables{}, config); }};
}

}  // namespace nicbench
