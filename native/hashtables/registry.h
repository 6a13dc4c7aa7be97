// Every table of this build by name. A new table is one header that meets FlowTable and one line in `Tables`.
//
//   const auto rate = with_table("cuckoo", [&](auto tag) {
//     typename decltype(tag)::template Table<FiveTuple4, std::uint32_t> table({.capacity = flows});
//     return measure(table);
//   });
//
// The dispatch happens once, outside the loop: behind it everything is a template and nothing is virtual.
#pragma once

#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "hashtables/chaining.h"
#include "hashtables/chaining_stl.h"
#include "hashtables/cuckoo.h"
#include "hashtables/cuckoo_plus_plus.h"
#include "hashtables/flow_table.h"
#include "hashtables/flowgroup.h"
#include "hashtables/flowindex.h"
#include "hashtables/flowline.h"
#include "hashtables/hopscotch.h"
#include "hashtables/robin_map.h"

namespace nicbench {

struct TableInfo {
  std::string_view name;    // as in a suite file
  std::string_view title;   // one line, for people
  std::string_view source;  // paper or library
};

template <class... Tags>
struct TableList {};

struct CuckooTag {
  static constexpr TableInfo info{"cuckoo", "Bucketised cuckoo, 8 slots, 16-bit signatures",
                                  "Fan, Andersen, Kaminsky: MemC3, NSDI 2013; DPDK rte_hash"};
  template <class K, class V>
  using Table = CuckooTable<K, V>;
};

struct CuckooPlusPlusTag {
  static constexpr TableInfo info{"cuckoo++", "Cuckoo with a Bloom filter a bucket of the keys that moved out",
                                  "Le Scouarnec: Cuckoo++, ANCS 2018"};
  template <class K, class V>
  using Table = CuckooPlusPlusTable<K, V>;
};

struct HopscotchTag {
  static constexpr TableInfo info{"hopscotch", "Hopscotch hashing, neighbourhoods of 63",
                                  "Herlihy, Shavit, Tzafrir: DISC 2008; tsl::hopscotch_map"};
  template <class K, class V>
  using Table = HopscotchTable<K, V>;
};

struct RobinMapTag {
  static constexpr TableInfo info{"robin-map", "Robin hood linear probing, backward-shift deletion",
                                  "Celis: Robin Hood Hashing, 1986; tsl::robin_map"};
  template <class K, class V>
  using Table = RobinMapTable<K, V>;
};

struct ChainingTag {
  static constexpr TableInfo info{"chaining", "Chains of pooled nodes", "FastClick's HashContainer, ANCS 2015"};
  template <class K, class V>
  using Table = ChainingTable<K, V>;
};

struct ChainingStlTag {
  static constexpr TableInfo info{"chaining-stl", "std::unordered_map", "C++ standard library"};
  template <class K, class V>
  using Table = ChainingStlTable<K, V>;
};

struct FlowlineTag {
  static constexpr TableInfo info{"flowline", "One cache line a lookup, home-first placement, exact spill map",
                                  "nicbench"};
  template <class K, class V>
  using Table = FlowlineTable<K, V>;
};

struct FlowgroupTag {
  static constexpr TableInfo info{
      "flowgroup", "Tags of 15 slots compared at once, home-first placement, exact spill bits", "nicbench"};
  template <class K, class V>
  using Table = FlowgroupTable<K, V>;
};

struct FlowindexTag {
  static constexpr TableInfo info{
      "flowindex", "Tags and numbers of entries in one line, entries elsewhere: with a tracker's flows", "nicbench"};
  template <class K, class V>
  using Table = FlowindexTable<K, V>;
};

using Tables = TableList<FlowlineTag, FlowgroupTag, FlowindexTag, CuckooTag, CuckooPlusPlusTag, HopscotchTag,
                         RobinMapTag, ChainingTag, ChainingStlTag>;

// What is known about every table of a list, in its order.
template <class... Tags>
std::vector<TableInfo> table_infos(TableList<Tags...> /*list*/) {
  return {Tags::info...};
}

namespace detail {
[[noreturn]] inline void throw_unknown_table(std::string_view name, const std::vector<TableInfo>& known) {
  std::string message = "no table named '";
  message.append(name).append("'; there are:");
  for (const TableInfo& info : known) message.append(" ").append(info.name);
  throw std::invalid_argument(message);
}
}  // namespace detail

// Calls f(tag) for the table of that name in the list and returns what it returns.
// Throws std::invalid_argument, naming all tables, if there is none.
template <class F, class First, class... Rest>
decltype(auto) with_table_of(TableList<First, Rest...> list, std::string_view name, F&& f) {
  using Result = std::invoke_result_t<F, First>;
  using Call = Result (*)(F&);
  static constexpr std::pair<std::string_view, Call> kCalls[] = {
      {First::info.name, [](F& g) -> Result { return g(First{}); }},
      {Rest::info.name, [](F& g) -> Result { return g(Rest{}); }}...};
  for (const auto& [known, call] : kCalls) {
    if (known == name) return call(f);
  }
  detail::throw_unknown_table(name, table_infos(list));
}

template <class F>
decltype(auto) with_table(std::string_view name, F&& f) {
  return with_table_of(Tables{}, name, std::forward<F>(f));
}

inline std::vector<TableInfo> table_infos() { return table_infos(Tables{}); }

}  // namespace nicbench
