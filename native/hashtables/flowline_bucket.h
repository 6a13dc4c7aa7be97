// One bucket of `flowline`: whole keys and values in one cache line (IPv6: two adjacent ones).
//
//   keys[slots]     FiveTuple4: lanes of 16 bytes, compared by one vector instruction; the last byte, padding of the
//                   key, is 1 in a used lane and 0 in a free one, so that a free lane equals no key
//                   FiveTuple6: 37 bytes each; the padding is always zero and is left out
//   values[slots]
//   counts          8 groups x 3 bits: keys of each group that have this bucket as home and live elsewhere
//   slots           two bits a slot: used, and used by a guest, a key whose home is another bucket
//
// A slot goes by its position, twice its number: the bit that comparing the two words of each lane leaves.
//
//   key, value      lines  slots  bytes a slot
//   IPv4, 4 bytes     1      3       21.3
//   IPv4, 8 bytes     2      5       25.6
//   IPv6, 4 bytes     2      3       42.7
//   IPv6, 8 bytes     3      4       48
//
// All zero bytes are an empty bucket.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#define NICBENCH_FLOWLINE_AVX512 1
#include <immintrin.h>
#elif defined(__AVX2__)
#define NICBENCH_FLOWLINE_AVX2 1
#include <immintrin.h>
#endif

#include "common/huge_pages.h"
#include "packet/significant_bytes.h"

namespace nicbench {

// How keys and values of these sizes fill cache lines.
struct BucketGeometry {
  std::size_t lines;
  std::size_t slots;
  std::size_t lane;  // bytes a key takes

  static constexpr BucketGeometry choose(std::size_t key_bytes, std::size_t significant_bytes,
                                         std::size_t value_bytes) {
    constexpr std::size_t kMetaBytes = 4, kLeastSlots = 3, kMostSlots = 8, kMostLines = 8;
    BucketGeometry best{};
    for (std::size_t lines = 1; lines <= kMostLines; ++lines) {
      const std::size_t room = lines * kCacheLine - kMetaBytes;
      const std::size_t whole = room / (key_bytes + value_bytes), packed = room / (significant_bytes + value_bytes);
      const std::size_t slots = packed < kMostSlots ? packed : kMostSlots;
      if (slots < kLeastSlots) continue;  // two choices of 2 slots fill to 90 % only, of 1 slot to 50 %
      const bool denser = best.slots == 0 || lines * best.slots < best.lines * slots;
      if (denser) best = {lines, slots, whole >= slots ? key_bytes : significant_bytes};
      // At most 1.2 bytes of slot for each byte of key and value: good enough, and fewer lines are better.
      if (best.lines * kCacheLine * 5 <= best.slots * (key_bytes + value_bytes) * 6) break;
    }
    return best;
  }
};

template <class Key, class Value>
struct alignas(kCacheLine) FlowlineBucket {
  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>);
  static_assert(sizeof(Value) <= 64, "keep the flow's state in an array of its own and its index here");

  static constexpr BucketGeometry kGeometry =
      BucketGeometry::choose(sizeof(Key), kSignificantBytes<Key>, sizeof(Value));
  static constexpr std::size_t kSlots = kGeometry.slots;
  static constexpr std::size_t kLane = kGeometry.lane;
  static constexpr unsigned kAllUsed = 0x5555u & ((1u << 2 * kSlots) - 1);
  static constexpr unsigned kGroups = 8;
  using Slots = std::conditional_t<kSlots <= 4, std::uint8_t, std::uint16_t>;

  enum class Tenant : std::uint8_t { kResident = 1, kGuest = 3 };

  // The bits at the positions of slots that hold the key.
  unsigned match(const Key& key) const noexcept {
    if constexpr (kMarked) {
      return match_marked(key);
    } else {
      return match_any(&key) & slots;
    }
  }

  [[nodiscard]] unsigned used() const noexcept { return slots & kAllUsed; }
  [[nodiscard]] unsigned guests() const noexcept { return slots >> 1 & kAllUsed; }
  [[nodiscard]] bool full() const noexcept { return used() == kAllUsed; }

  // The value at the lowest position of a match; with no match, of the last slot: some bytes, not to be used.
  Value value_of(unsigned match) const noexcept { return value_at(lowest(match | 1u << 2 * (kSlots - 1))); }

  Key key_at(unsigned position) const noexcept {
    const std::uint8_t* lane = bytes + lane_at(position);
    Key key{};
    if constexpr (kMarked) {
      MarkedLane words;
      std::memcpy(words.data(), lane, sizeof words);
      words[1] &= ~kMark;
      std::memcpy(static_cast<void*>(&key), words.data(), sizeof words);
    } else {
      std::memcpy(static_cast<void*>(&key), lane, kLane);
    }
    return key;
  }

  Value value_at(unsigned position) const noexcept {
    Value value;
    std::memcpy(&value, bytes + value_offset(position), sizeof value);
    return value;
  }

  // Puts an entry into a free slot. There must be one.
  void put(const Key& key, const Value& value, Tenant tenant) noexcept {
    const unsigned position = lowest(~slots & kAllUsed);
    if constexpr (kMarked) {
      const MarkedLane words = marked(key);
      std::memcpy(bytes + lane_at(position), words.data(), sizeof words);
    } else {
      std::memcpy(bytes + lane_at(position), &key, kLane);
    }
    std::memcpy(bytes + value_offset(position), &value, sizeof value);
    slots = static_cast<Slots>(slots | static_cast<unsigned>(tenant) << position);
  }

  void remove(unsigned position) noexcept {
    if constexpr (kMarked) bytes[lane_at(position) + kLane - 1] = 0;
    slots = static_cast<Slots>(slots & ~(3u << position));
  }

  // Counts one key of the group more (or less) that lives elsewhere; true if it is the first (or was the last). A count
  // that reaches 7 stays there for good: it is no longer known, and too high is safe.
  bool count_up(unsigned group) noexcept {
    const unsigned count = read_counts() >> 3 * group & 7;
    if (count != 7) write_counts(read_counts() + (1u << 3 * group));
    return count == 0;
  }
  bool count_down(unsigned group) noexcept {
    const unsigned count = read_counts() >> 3 * group & 7;
    if (count != 7) write_counts(read_counts() - (1u << 3 * group));
    return count == 1;
  }

  static unsigned lowest(unsigned mask) noexcept { return static_cast<unsigned>(__builtin_ctz(mask)); }

  std::uint8_t bytes[kGeometry.lines * kCacheLine - 3 - sizeof(Slots)];
  std::uint8_t counts[3];
  Slots slots;

 private:
  static constexpr std::size_t kValuesAt = kSlots * kLane;
  static constexpr bool kMarked = kLane == 16 && sizeof(Key) == 16 && kSignificantBytes<Key> < 16;
  static constexpr std::uint64_t kMark = std::endian::native == std::endian::little ? std::uint64_t{1} << 56 : 1;

  // In words, never as single bytes: what was stored in pieces is read back slowly as a whole.
  using MarkedLane = std::array<std::uint64_t, 2>;

  static MarkedLane marked(const Key& key) noexcept {
    MarkedLane words;
    std::memcpy(words.data(), &key, 8);
    std::memcpy(words.data() + 1, reinterpret_cast<const std::uint8_t*>(&key) + 8, 8);
    words[1] |= kMark;
    return words;
  }

  static std::size_t lane_at(unsigned position) noexcept { return position / 2 * kLane; }
  static std::size_t value_offset(unsigned position) noexcept { return kValuesAt + position * sizeof(Value) / 2; }

#if defined(NICBENCH_FLOWLINE_AVX512)
  // Compares whole lines as 8-byte words: a key is equal where both of its words are.
  unsigned match_marked(const Key& key) const noexcept {
    const __m512i lanes = _mm512_maskz_broadcast_i64x2(0xff, marked_vector(key));
    unsigned words = _mm512_cmpeq_epi64_mask(lanes, _mm512_load_si512(bytes));
    if constexpr (kSlots > 4)
      words |= static_cast<unsigned>(_mm512_cmpeq_epi64_mask(lanes, _mm512_load_si512(bytes + 64))) << 8;
    return words & words >> 1 & kAllUsed;
  }

  unsigned match_any(const void* lane) const noexcept {
    static_assert(kLane <= 64);
    constexpr __mmask64 kBytes = kLane == 64 ? ~__mmask64{0} : (__mmask64{1} << kLane) - 1;
    const __m512i wanted = _mm512_maskz_loadu_epi8(kBytes, lane);
    unsigned result = 0;
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      const __m512i found = _mm512_maskz_loadu_epi8(kBytes, bytes + slot * kLane);
      result |= static_cast<unsigned>(_mm512_cmpneq_epi8_mask(wanted, found) == 0) << 2 * slot;
    }
    return result;
  }
#else
#if defined(NICBENCH_FLOWLINE_AVX2)
  unsigned match_marked(const Key& key) const noexcept {
    const __m256i lanes = _mm256_broadcastsi128_si256(marked_vector(key));
    unsigned words = 0;
    for (unsigned i = 0; i < (kSlots + 1) / 2; ++i) {
      const __m256i half = _mm256_load_si256(reinterpret_cast<const __m256i*>(bytes + 32 * i));
      words |= static_cast<unsigned>(_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(lanes, half)))) << 4 * i;
    }
    return words & words >> 1 & kAllUsed;
  }
#else
  unsigned match_marked(const Key& key) const noexcept {
    const MarkedLane lane = marked(key);
    return match_any(lane.data());
  }
#endif

  unsigned match_any(const void* lane) const noexcept {
    unsigned result = 0;
    for (unsigned slot = 0; slot < kSlots; ++slot) {
      result |= static_cast<unsigned>(std::memcmp(bytes + slot * kLane, lane, kLane) == 0) << 2 * slot;
    }
    return result;
  }
#endif

#if defined(NICBENCH_FLOWLINE_AVX512) || defined(NICBENCH_FLOWLINE_AVX2)
  static __m128i marked_vector(const Key& key) noexcept {
    return _mm_or_si128(_mm_loadu_si128(reinterpret_cast<const __m128i*>(&key)),
                        _mm_set_epi64x(static_cast<long long>(kMark), 0));
  }
#endif

  std::uint32_t read_counts() const noexcept {
    return counts[0] | static_cast<std::uint32_t>(counts[1]) << 8 | static_cast<std::uint32_t>(counts[2]) << 16;
  }
  void write_counts(std::uint32_t all) noexcept {
    counts[0] = static_cast<std::uint8_t>(all);
    counts[1] = static_cast<std::uint8_t>(all >> 8);
    counts[2] = static_cast<std::uint8_t>(all >> 16);
  }
};
static_assert(sizeof(FlowlineBucket<FiveTuple4, std::uint32_t>) == 64 &&
              FlowlineBucket<FiveTuple4, std::uint32_t>::kSlots == 3);
static_assert(sizeof(FlowlineBucket<FiveTuple4, std::uint64_t>) == 128 &&
              FlowlineBucket<FiveTuple4, std::uint64_t>::kSlots == 5);
static_assert(sizeof(FlowlineBucket<FiveTuple6, std::uint32_t>) == 128 &&
              FlowlineBucket<FiveTuple6, std::uint32_t>::kSlots == 3);
static_assert(sizeof(FlowlineBucket<FiveTuple6, std::uint64_t>) == 192 &&
              FlowlineBucket<FiveTuple6, std::uint64_t>::kSlots == 4);

}  // namespace nicbench
