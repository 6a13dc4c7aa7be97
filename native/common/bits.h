// Bits of masks, as comparing many things at once leaves them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nicbench {

// The number of the lowest bit that is set. There must be one.
inline unsigned lowest_bit(unsigned mask) noexcept { return static_cast<unsigned>(__builtin_ctz(mask)); }

// f(number) for each bit that is set, lowest first.
template <class F>
void for_each_bit(std::uint64_t bits, F&& f) noexcept {
  for (; bits != 0; bits &= bits - 1) f(static_cast<std::size_t>(__builtin_ctzll(bits)));
}

}  // namespace nicbench
