#include "hashtables/bench/benchmark.h"
#include "hashtables/bench/make_trial.h"
#include "hashtables/registry.h"

namespace nicbench {

TableProvider core_tables() {
  return {table_infos(), [](const BenchmarkConfig& config) -> std::unique_ptr<Trial> {
            if (config.sharing != Sharing::kSharded) return nullptr;
            return make_trial_of(Tables{}, config);
          }};
}

}  // namespace nicbench
