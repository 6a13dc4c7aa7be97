// How much of a key tables must keep.
#pragma once

#include <cstddef>

#include "packet/five_tuple.h"

namespace nicbench {

// Bytes of a key that can differ from zero; they come first.
template <class Key>
inline constexpr std::size_t kSignificantBytes = sizeof(Key);
template <>
inline constexpr std::size_t kSignificantBytes<FiveTuple4> = 13;
template <>
inline constexpr std::size_t kSignificantBytes<FiveTuple6> = 37;

}  // namespace nicbench
