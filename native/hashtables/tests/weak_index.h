// `flowindex` by a hash that leaves 32 tags: candidates are often those of other keys.
#pragma once

#include <cstdint>

#include "hashtables/flowindex.h"
#include "hashtables/registry.h"

namespace nicbench::testing {

class WeakHash {
 public:
  explicit WeakHash(std::uint64_t seed) : hash_(seed) {}

  template <class Key>
  std::uint64_t operator()(const Key& key) const noexcept {
    const std::uint64_t hash = hash_(key);
    return (hash & ~std::uint64_t{0xffff}) | (1 + hash % 32);
  }

 private:
  TupleHash hash_;
};

struct WeakIndexTag {
  static constexpr TableInfo info{"weak-index", "flowindex with 32 tags", "tests"};
  template <class K, class V>
  using Table = FlowindexTable<K, V, WeakHash>;
};

}  // namespace nicbench::testing
