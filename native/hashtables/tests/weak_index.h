// `flowindex` by a hash that leaves few tags: candidates are often those of other keys.
#pragma once

#include <cstdint>

#include "hashtables/flowindex.h"
#include "hashtables/registry.h"

namespace nicbench::testing {

template <unsigned kTags>
class WeakHash {
 public:
  explicit WeakHash(std::uint64_t seed) : hash_(seed) {}

  template <class Key>
  std::uint64_t operator()(const Key& key) const noexcept {
    const std::uint64_t hash = hash_(key);
    return (hash & ~std::uint64_t{0xffff}) | (1 + hash % kTags);
  }

 private:
  TupleHash hash_;
};

template <unsigned kTags>
struct WeakIndexTag {
  static constexpr TableInfo info{"weak-index", "flowindex with few tags", "tests"};
  template <class K, class V>
  using Table = FlowindexTable<K, V, WeakHash<kTags>>;
};

}  // namespace nicbench::testing
