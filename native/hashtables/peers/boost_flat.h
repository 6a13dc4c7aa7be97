// boost::unordered_flat_map (Boost >= 1.81): groups of 15 slots with a metadata word each, overflow bits instead of
// tombstones.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>

#include "hashtables/peers/map_adapter.h"

namespace nicbench {

struct BoostFlat {
  static constexpr const char* kName = "boost-flat";
  template <class K, class V>
  using Map = boost::unordered_flat_map<K, V, MapHash<K>, std::equal_to<K>, HugePageAllocator<std::pair<const K, V>>>;

  template <class K, class V>
  static Map<K, V> make(const TupleHash& hash, bool huge_pages) {
    return Map<K, V>(0, MapHash<K>{hash}, std::equal_to<K>(), HugePageAllocator<std::pair<const K, V>>(huge_pages));
  }
  // Grows at 7/8 of its slots, which are 15/16 of a power of two.
  static void reserve(auto& map, std::size_t wanted, bool slots) { map.reserve(slots ? wanted / 128 * 105 : wanted); }
  static std::size_t slots(const auto& map) { return map.bucket_count(); }
  static std::size_t memory(const auto& map) {
    using Entry = typename std::remove_cvref_t<decltype(map)>::value_type;
    return map.bucket_count() * sizeof(Entry) + map.bucket_count() / 15 * 16;
  }
};

struct BoostFlatTag {
  static constexpr TableInfo info{BoostFlat::kName, "boost::unordered_flat_map", "Boost >= 1.81 (libboost1.81-dev)"};
  template <class K, class V>
  using Table = MapTable<K, V, BoostFlat>;
};

}  // namespace nicbench
