// Bits of masks, as comparing many things at once leaves them.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace nicbench {

// The number of the lowest bit that is set. There must be one.
inline unsigned lowest_bit(unsigned mask) noexcept { return static_cast<unsigned>(__builtin_ctz(mask)); }

// f(number) for each bit that is set, lowest first.
template <class F>
void for_each_bit(std::uint64_t bits, F&& f) noexcept {
  for (; bits != 0; bits &= bits - 1) f(static_cast<std::size_t>(__builtin_ctzll(bits)));
}

// Bit i: values[i] is not 0, for the first `count` of at most 64 values. They lie in an array of a multiple of 16
// values, aligned to 16 bytes; those behind `count` do not matter.
inline std::uint64_t nonzero(const std::uint16_t* values, std::size_t count) noexcept {
  std::uint64_t bits = 0;
#if defined(__SSE2__)
  for (std::size_t i = 0; i < count; i += 16) {
    const auto* at = reinterpret_cast<const __m128i*>(values + i);
    const __m128i bytes = _mm_packs_epi16(_mm_load_si128(at), _mm_load_si128(at + 1));
    const int zero = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_setzero_si128()));
    bits |= std::uint64_t{~static_cast<unsigned>(zero) & 0xffff} << i;
  }
  return count == 0 ? 0 : bits & ~std::uint64_t{0} >> (64 - count);
#else
  for (std::size_t i = 0; i < count; ++i) bits |= std::uint64_t{values[i] != 0} << i;
  return bits;
#endif
}

}  // namespace nicbench
