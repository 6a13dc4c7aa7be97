// Which tables each way of sharing (sharing_names.h) goes with.
//
// A new shared table is one header that meets SharedFlowTable and one line in a list below: its tests, the benchmark
// and the tracker then know it.
#pragma once

#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hashtables/registry.h"
#include "hashtables/shared/bucket_locked_chaining.h"
#include "hashtables/shared/concurrent_cuckoo.h"
#include "hashtables/shared/locked_table.h"
#include "hashtables/shared/shared_flowline.h"
#include "hashtables/shared/sharing_names.h"
#include "hashtables/shared/spin_lock.h"

namespace nicbench {

// A table of the registry in a lock.
template <class Tag, class Lock>
struct LockedTag {
  static constexpr TableInfo info = Tag::info;
  template <class K, class V>
  using Table = LockedTable<typename Tag::template Table<K, V>, Lock>;
};

template <Readers kReaders>
struct ConcurrentCuckooTag {
  static constexpr TableInfo info{"cuckoo", CuckooTag::info.title,
                                  kReaders == Readers::kLock ? "libcuckoo, EuroSys 2014" : "MemC3, NSDI 2013"};
  template <class K, class V>
  using Table = ConcurrentCuckooTable<K, V, kReaders>;
};

struct BucketLockedChainingTag {
  static constexpr TableInfo info = ChainingTag::info;
  template <class K, class V>
  using Table = BucketLockedChainingTable<K, V>;
};

struct SharedFlowlineTag {
  static constexpr TableInfo info = FlowlineTag::info;
  template <class K, class V>
  using Table = SharedFlowlineTable<K, V>;
};

template <class Lock>
using LockedTables = TableList<LockedTag<CuckooTag, Lock>, LockedTag<ChainingTag, Lock>, LockedTag<FlowlineTag, Lock>>;
using BucketLockTables = TableList<ConcurrentCuckooTag<Readers::kLock>, BucketLockedChainingTag>;
using LockFreeTables = TableList<ConcurrentCuckooTag<Readers::kValidate>, SharedFlowlineTag>;

// Calls f(list) with the tables that a way of sharing goes with.
template <class F>
decltype(auto) with_tables_of(Sharing sharing, F&& f) {
  switch (sharing) {
    case Sharing::kMutex: return f(LockedTables<std::mutex>{});
    case Sharing::kSpinlock: return f(LockedTables<SpinLock>{});
    case Sharing::kRwlock: return f(LockedTables<SpinRwLock>{});
    case Sharing::kBucketLock: return f(BucketLockTables{});
    case Sharing::kLockFree: return f(LockFreeTables{});
    case Sharing::kSharded: break;
  }
  return f(Tables{});
}

inline std::vector<TableInfo> table_infos(Sharing sharing) {
  return with_tables_of(sharing, [](auto list) { return table_infos(list); });
}

inline bool goes_with(Sharing sharing, std::string_view table) {
  for (const TableInfo& info : table_infos(sharing)) {
    if (info.name == table) return true;
  }
  return false;
}

// "cuckoo, chaining".
inline std::string names_of_tables(Sharing sharing) {
  std::string names;
  for (const TableInfo& info : table_infos(sharing)) names.append(names.empty() ? "" : ", ").append(info.name);
  return names;
}

// Calls f(tag) for that table shared in that way. Throws std::invalid_argument, naming the tables that it goes with.
template <class F>
decltype(auto) with_table(Sharing sharing, std::string_view name, F&& f) {
  return with_tables_of(sharing, [&](auto list) -> decltype(auto) { return with_table_of(list, name, f); });
}

}  // namespace nicbench
