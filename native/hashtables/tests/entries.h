// Keys with values of all sizes, for tests of layouts.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <type_traits>

#include "packet/five_tuple.h"

namespace nicbench::testing {

struct Wide {
  std::array<std::uint32_t, 5> words;
  bool operator==(const Wide&) const = default;
};

template <class K, class V>
struct Entry {
  using Key = K;
  using Value = V;
};

template <class V>
V make_value(std::uint64_t i) {
  if constexpr (std::is_same_v<V, Wide>) {
    const auto word = static_cast<std::uint32_t>(i);
    return {{word, ~word, word * 3, 1, word}};
  } else {
    return static_cast<V>(i * 0x9e3779b97f4a7c15u);
  }
}

using Entries =
    ::testing::Types<Entry<FiveTuple4, std::uint8_t>, Entry<FiveTuple4, std::uint32_t>,
                     Entry<FiveTuple4, std::uint64_t>, Entry<FiveTuple4, Wide>, Entry<FiveTuple6, std::uint8_t>,
                     Entry<FiveTuple6, std::uint32_t>, Entry<FiveTuple6, std::uint64_t>, Entry<FiveTuple6, Wide>>;

}  // namespace nicbench::testing
