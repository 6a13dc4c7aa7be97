// SharedFlowTable: a flow table that cores use at the same time.
//
// It is a FlowTable, so that whatever works on a table of one core works on one of many, and promises in addition:
//
//   each call   find, insert, insert_or_get and erase take effect at one moment between call and return
//               (linearizable). A burst is its single calls in any order, not one moment for all.
//   one winner  of cores that insert a key at the same time exactly one gets kInserted; insert_or_get tells the others
//               the winner's value
//   values      are copied out whole: never half of an old and half of a new one
//   kFull       as for one core; and, seldom, when other cores kept changing the buckets in which room was looked for
//
// size() counts what all cores did and is exact when they rest. clear(), for_each(), probe_length() and destruction are
// for one thread while no other uses the table. memory() and capacity() never change.
//
// Not promised: that a core always gets on. A core that the scheduler stops in the middle of a change holds up those
// that need the same bucket, or table, whichever the scheme; waiting cores give their CPU away after a while (wait.h).
#pragma once

#include <concepts>

#include "hashtables/flow_table.h"

namespace nicbench {

// clang-format off
template <class T>
concept SharedFlowTable = FlowTable<T> && requires(T table, const typename T::Key& key, typename T::Value& value) {
  requires T::kThreadSafe;
  // As insert(); with kExists the value that is there is copied to `value`.
  { table.insert_or_get(key, value) } noexcept -> std::same_as<InsertResult>;
};
// clang-format on

}  // namespace nicbench
