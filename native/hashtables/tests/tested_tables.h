// The tables of the registry, and those of their variants that the registry's sizes would not reach in a test.
#pragma once

#include "hashtables/registry.h"

namespace nicbench {

// flowgroup as it is beyond the cache, whatever the size.
struct FlowgroupInBurstsTag {
  static constexpr TableInfo info{"flowgroup-in-bursts", "flowgroup taken to be beyond the cache", "nicbench"};
  template <class K, class V>
  using Table = FlowgroupTable<K, V, 0>;
};

template <class List, class... More>
struct WithTables;
template <class... Tags, class... More>
struct WithTables<TableList<Tags...>, More...> {
  using List = TableList<Tags..., More...>;
};

using TestedTables = WithTables<Tables, FlowgroupInBurstsTag>::List;

}  // namespace nicbench
