// Trials in which all workers use one table.
#include "dataplane/conntrack_measure.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {

ConntrackTrialResult measure_shared(const TrialSetup& setup) {
  return with_table(setup.config.sharing, setup.config.table, [&](auto tag) { return measure_with(tag, setup, 1); });
}

}  // namespace nicbench
