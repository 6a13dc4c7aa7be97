// Trials in which all workers use one table.
#include "dataplane/conntrack_measure.h"
#include "hashtables/shared/sharing.h"

namespace nicbench {

ConntrackTrialResult measure_shared(const TrialSetup& setup) {
  const auto measure = [&](auto tag) { return measure_with(tag, setup, 1); };
  switch (setup.config.sharing) {
    case Sharing::kMutex: return with_table_of(LockedTables<std::mutex>{}, setup.config.table, measure);
    case Sharing::kSpinlock: return with_table_of(LockedTables<SpinLock>{}, setup.config.table, measure);
    case Sharing::kRwlock: return with_table_of(LockedTables<SpinRwLock>{}, setup.config.table, measure);
    case Sharing::kBucketLock: return with_table_of(BucketLockTables{}, setup.config.table, measure);
    default: return with_table_of(LockFreeTables{}, setup.config.table, measure);
  }
}

}  // namespace nicbench
