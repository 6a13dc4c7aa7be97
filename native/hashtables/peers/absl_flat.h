// absl::flat_hash_map: open addressing, one control byte a slot, 16 compared at once ("Swiss table").
#pragma once

#include <absl/container/flat_hash_map.h>

#include "hashtables/peers/map_adapter.h"

namespace nicbench {

struct AbslFlat {
  static constexpr const char* kName = "absl-flat";
  template <class K, class V>
  using Map = absl::flat_hash_map<K, V, MapHash<K>, std::equal_to<K>, HugePageAllocator<std::pair<const K, V>>>;

  template <class K, class V>
  static Map<K, V> make(const TupleHash& hash, bool huge_pages) {
    return Map<K, V>(0, MapHash<K>{hash}, std::equal_to<K>(), HugePageAllocator<std::pair<const K, V>>(huge_pages));
  }
  // Grows at 7/8 of its slots, which are a power of two less one.
  static void reserve(auto& map, std::size_t wanted, bool slots) { map.reserve(slots ? wanted / 8 * 7 : wanted); }
  static std::size_t slots(const auto& map) { return map.bucket_count(); }
  static std::size_t memory(const auto& map) {
    return map.bucket_count() * (sizeof(typename std::remove_cvref_t<decltype(map)>::value_type) + 1) + 16;
  }
  static void prefetch(const auto& map, const auto& key) { map.prefetch(key); }
};

struct AbslFlatTag {
  static constexpr TableInfo info{AbslFlat::kName, "absl::flat_hash_map", "Abseil (libabsl-dev)"};
  template <class K, class V>
  using Table = MapTable<K, V, AbslFlat>;
};

}  // namespace nicbench
