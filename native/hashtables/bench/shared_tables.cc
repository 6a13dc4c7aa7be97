#include "common/user_error.h"
#include "hashtables/bench/make_trial.h"
#include "hashtables/bench/providers.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {

TableProvider shared_tables() {
  return {{}, [](const BenchmarkConfig& config) -> std::unique_ptr<Trial> {
            if (config.sharing == Sharing::kSharded) return nullptr;
            return with_tables_of(config.sharing, [&](auto list) { return make_trial_of(list, config); });
          }};
}

}  // namespace nicbench
