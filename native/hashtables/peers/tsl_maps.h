// tsl::hopscotch_map and tsl::robin_map: Thibaut Goetghebuer-Planchon's implementations of the two.
#pragma once

#include "hashtables/peers/map_adapter.h"

#ifdef NICBENCH_HAVE_TSL_HOPSCOTCH
#include <tsl/hopscotch_map.h>
#endif
#ifdef NICBENCH_HAVE_TSL_ROBIN
#include <tsl/robin_map.h>
#endif

namespace nicbench {

#ifdef NICBENCH_HAVE_TSL_HOPSCOTCH
struct TslHopscotch {
  static constexpr const char* kName = "tsl-hopscotch";
  template <class K, class V>
  using Map = tsl::hopscotch_map<K, V, MapHash<K>, std::equal_to<K>, HugePageAllocator<std::pair<K, V>>>;

  template <class K, class V>
  static Map<K, V> make(const TupleHash& hash, bool huge_pages) {
    return Map<K, V>(0, MapHash<K>{hash}, std::equal_to<K>(), HugePageAllocator<std::pair<K, V>>(huge_pages));
  }
  static void reserve(auto& map, std::size_t wanted, bool slots) { slots ? map.rehash(wanted) : map.reserve(wanted); }
  static std::size_t slots(const auto& map) { return map.bucket_count(); }
  // A slot is a 64-bit neighbourhood and the entry.
  static std::size_t memory(const auto& map) {
    struct Slot {
      std::uint64_t neighborhood;
      typename std::remove_cvref_t<decltype(map)>::value_type entry;
    };
    return map.bucket_count() * sizeof(Slot);
  }
};

struct TslHopscotchTag {
  static constexpr TableInfo info{TslHopscotch::kName, "tsl::hopscotch_map",
                                  "hopscotch-map (libtsl-hopscotch-map-dev)"};
  template <class K, class V>
  using Table = MapTable<K, V, TslHopscotch>;
};
#endif

#ifdef NICBENCH_HAVE_TSL_ROBIN
struct TslRobin {
  static constexpr const char* kName = "tsl-robin";
  template <class K, class V>
  using Map = tsl::robin_map<K, V, MapHash<K>, std::equal_to<K>, HugePageAllocator<std::pair<K, V>>>;

  template <class K, class V>
  static Map<K, V> make(const TupleHash& hash, bool huge_pages) {
    return Map<K, V>(0, MapHash<K>{hash}, std::equal_to<K>(), HugePageAllocator<std::pair<K, V>>(huge_pages));
  }
  // Grows at half of its slots by default, so at a load of 80 % of `wanted` it has twice as many.
  static void reserve(auto& map, std::size_t wanted, bool slots) { slots ? map.rehash(wanted) : map.reserve(wanted); }
  static std::size_t slots(const auto& map) { return map.bucket_count(); }
  static std::size_t memory(const auto& map) {
    struct Slot {
      std::int16_t distance;
      bool last;
      typename std::remove_cvref_t<decltype(map)>::value_type entry;
    };
    return map.bucket_count() * sizeof(Slot);
  }
};

struct TslRobinTag {
  static constexpr TableInfo info{TslRobin::kName, "tsl::robin_map", "robin-map (robin-map-dev)"};
  template <class K, class V>
  using Table = MapTable<K, V, TslRobin>;
};
#endif

}  // namespace nicbench
