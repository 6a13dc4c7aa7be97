#include "hashtables/bench/benchmark.h"
#include "hashtables/bench/table_trial.h"
#include "hashtables/registry.h"

namespace nicbench {

TableProvider core_tables() {
  return {table_infos(), [](const BenchmarkConfig& config) { return make_trial_of(Tables{}, config); }};
}

}  // namespace nicbench
