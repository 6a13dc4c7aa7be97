// Eight 16-bit signatures compared at once: the tag array of one cuckoo bucket.
#pragma once

#include <cstddef>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace nicbench {

// A signature from the low 16 bits of a hash; 0 is kept for free slots.
constexpr std::uint16_t signature_of(std::uint64_t hash) noexcept {
  const auto low = static_cast<std::uint16_t>(hash);
  return low == 0 ? std::uint16_t{1} : low;
}

struct alignas(16) Signatures8 {
  static constexpr std::size_t kSlots = 8;
  static constexpr bool kKnowsAway = false;  // keeps nothing of the keys that moved out of the bucket

  std::uint16_t tags[kSlots];

  // Bit i is set if tags[i] == tag.
  [[nodiscard]] std::uint32_t match(std::uint16_t tag) const noexcept {
#if defined(__SSE2__)
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    const __m128i equal = _mm_cmpeq_epi16(all, _mm_set1_epi16(static_cast<short>(tag)));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
#else
    std::uint32_t mask = 0;
    for (std::size_t i = 0; i < kSlots; ++i) mask |= static_cast<std::uint32_t>(tags[i] == tag) << i;
    return mask;
#endif
  }
};
static_assert(sizeof(Signatures8) == 16);

}  // namespace nicbench
