// Eight 16-bit signatures compared at once: the tag array of one cuckoo bucket.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

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
    return match(_mm_load_si128(reinterpret_cast<const __m128i*>(tags)), tag);
#else
    std::uint32_t mask = 0;
    for (std::size_t i = 0; i < kSlots; ++i) mask |= static_cast<std::uint32_t>(tags[i] == tag) << i;
    return mask;
#endif
  }

  // The same for tags 0 to 3 and 4 to 7 in two words, as they were loaded one by one.
  [[nodiscard]] static std::uint32_t match(std::uint64_t low, std::uint64_t high, std::uint16_t tag) noexcept {
#if defined(__SSE2__)
    return match(_mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low)), tag);
#else
    Signatures8 all;
    std::memcpy(all.tags, &low, sizeof low);
    std::memcpy(all.tags + 4, &high, sizeof high);
    return all.match(tag);
#endif
  }

 private:
#if defined(__SSE2__)
  static std::uint32_t match(__m128i all, std::uint16_t tag) noexcept {
    const __m128i equal = _mm_cmpeq_epi16(all, _mm_set1_epi16(static_cast<short>(tag)));
    return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(equal, _mm_setzero_si128())));
  }
#endif
};
static_assert(sizeof(Signatures8) == 16);

}  // namespace nicbench
