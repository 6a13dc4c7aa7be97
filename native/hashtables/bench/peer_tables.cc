#include "hashtables/bench/make_trial.h"
#include "hashtables/bench/providers.h"
#include "hashtables/peers/peers.h"

namespace nicbench {

TableProvider peer_tables() {
  return {table_infos(PeerTables{}), [](const BenchmarkConfig& config) -> std::unique_ptr<Trial> {
            if (config.sharing != Sharing::kSharded) return nullptr;
            return make_trial_of(PeerTables{}, config);
          }};
}

}  // namespace nicbench
