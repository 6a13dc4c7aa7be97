// Trials in which every worker has a table of its own: any table.
#include "dataplane/conntrack_measure.h"

namespace nicbench {

ConntrackTrialResult measure_sharded(const TrialSetup& setup) {
  return with_table(setup.config.table,
                    [&](auto tag) { return measure_with(tag, setup, setup.config.dut_cpus.size()); });
}

}  // namespace nicbench
