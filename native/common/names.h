// Enumerators by their names, as suites write them.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>

namespace nicbench {

// The enumerator whose name it is; names[i] is that of the enumerator with value i.
template <class Enum, std::size_t kCount>
constexpr std::optional<Enum> enumerator_of(const std::array<std::string_view, kCount>& names,
                                            std::string_view name) noexcept {
  for (std::size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace nicbench
