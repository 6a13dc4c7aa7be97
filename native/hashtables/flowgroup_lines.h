// One group of `flowgroup`: 15 slots, their tags in 16 bytes of an array of their own, their entries in whole cache
// lines elsewhere.
//
//   tags (GroupTags)      one byte a slot, 0: free; compared all at once
//   spilled               bit s is set if some key of spill class s, with this group as home, is in its other group
//   entries (GroupLines)  key and value side by side, in blocks of so many lines that little is left over:
//
//   key, value      lines a block  entries  bytes a slot, with its tag
//   IPv4, 4 bytes         1           3          22.4
//   IPv4, 8 bytes         2           5          26.7
//   IPv6, 4 bytes         2           3          43.7
//   IPv6, 8 bytes         3           4          52.3
//
// What blocks have left over counts the keys that are away.
//
// All zero bytes are an empty group.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "common/huge_pages.h"
#include "packet/significant_bytes.h"

namespace nicbench {

struct alignas(16) GroupTags {
  static constexpr std::size_t kSlots = 15;
  static constexpr unsigned kAll = (1u << kSlots) - 1;
  static constexpr unsigned kSpillClasses = 8;

  std::uint8_t tags[kSlots];
  std::uint8_t spilled;

  // From the low bits of a hash. Never 0, the tag of a free slot.
  static std::uint8_t tag_of(std::uint64_t hash) noexcept {
    const auto low = static_cast<std::uint8_t>(hash);
    return static_cast<std::uint8_t>(low + (low == 0));
  }
  static unsigned spill_class(std::uint8_t tag) noexcept { return tag % kSpillClasses; }
  // The bit of a tag's spill class.
  static constexpr std::array<std::uint8_t, 256> kSpillBits = [] {
    std::array<std::uint8_t, 256> bits{};
    for (unsigned tag = 0; tag < 256; ++tag) bits[tag] = static_cast<std::uint8_t>(1u << tag % kSpillClasses);
    return bits;
  }();

  // Bit i is set if slot i has the tag.
  [[nodiscard]] unsigned match(std::uint8_t tag) const noexcept {
#if defined(__SSE2__)
    const __m128i all = _mm_load_si128(reinterpret_cast<const __m128i*>(tags));
    const __m128i wanted = _mm_set1_epi8(static_cast<char>(tag));
    return static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(all, wanted))) & kAll;
#else
    unsigned mask = 0;
    for (unsigned i = 0; i < kSlots; ++i) mask |= static_cast<unsigned>(tags[i] == tag) << i;
    return mask;
#endif
  }
  [[nodiscard]] unsigned free() const noexcept { return match(0); }

  [[nodiscard]] bool may_be_away(std::uint8_t tag) const noexcept { return (spilled >> spill_class(tag) & 1) != 0; }
};
static_assert(sizeof(GroupTags) == 16);

// How entries fill cache lines.
struct BlockGeometry {
  static constexpr std::size_t kSpareBytes = 4;

  std::size_t lines;
  std::size_t entries;
  std::size_t lane;  // bytes a key takes

  static constexpr BlockGeometry choose(std::size_t key_bytes, std::size_t significant_bytes, std::size_t value_bytes) {
    constexpr std::size_t kMostEntries = 5, kMostLines = 8;
    BlockGeometry best{};
    for (std::size_t lines = 1; lines <= kMostLines; ++lines) {
      const std::size_t room = lines * kCacheLine - kSpareBytes;
      const std::size_t whole = room / (key_bytes + value_bytes), packed = room / (significant_bytes + value_bytes);
      const std::size_t entries = packed < kMostEntries ? packed : kMostEntries;
      if (entries == 0) continue;
      const bool denser = best.entries == 0 || lines * best.entries < best.lines * entries;
      if (denser) best = {lines, entries, whole >= entries ? key_bytes : significant_bytes};
      // At most 1.15 bytes of slot for each byte of key and value: good enough, and shorter blocks are better.
      if (best.lines * kCacheLine * 20 <= best.entries * (key_bytes + value_bytes) * 23) break;
    }
    return best;
  }
};

template <class Key, class Value>
struct alignas(kCacheLine) GroupLines {
  static_assert(std::is_trivially_copyable_v<Key> && std::is_trivially_copyable_v<Value>);
  static_assert(sizeof(Value) <= 64, "keep the flow's state in an array of its own and its index here");

  static constexpr BlockGeometry kGeometry = BlockGeometry::choose(sizeof(Key), kSignificantBytes<Key>, sizeof(Value));
  static constexpr std::size_t kLane = kGeometry.lane;
  static constexpr std::size_t kEntry = kLane + sizeof(Value);
  static constexpr std::size_t kBlocks = (GroupTags::kSlots + kGeometry.entries - 1) / kGeometry.entries;
  static constexpr std::size_t kBlockBytes = kGeometry.lines * kCacheLine;
  static_assert(kBlocks * BlockGeometry::kSpareBytes >= GroupTags::kSpillClasses);

  static constexpr std::array<std::uint16_t, 16> kOffsets = [] {
    std::array<std::uint16_t, 16> offsets{};  // the last one is no slot: some bytes, not to be used
    for (std::size_t slot = 0; slot < GroupTags::kSlots; ++slot) {
      offsets[slot] =
          static_cast<std::uint16_t>(slot / kGeometry.entries * kBlockBytes + slot % kGeometry.entries * kEntry);
    }
    return offsets;
  }();

  [[nodiscard]] const std::uint8_t* entry(unsigned slot) const noexcept { return bytes + kOffsets[slot]; }
  [[nodiscard]] std::uint8_t* entry(unsigned slot) noexcept { return bytes + kOffsets[slot]; }

  static bool holds(const std::uint8_t* entry, const Key& key) noexcept {
    if constexpr (kLane == 16) {
      std::uint64_t a[2], b[2];
      std::memcpy(a, entry, 16);
      std::memcpy(b, &key, 16);
      return ((a[0] ^ b[0]) | (a[1] ^ b[1])) == 0;
    } else {
      return std::memcmp(entry, &key, kLane) == 0;
    }
  }
  static Value value_at(const std::uint8_t* entry) noexcept {
    Value value;
    std::memcpy(&value, entry + kLane, sizeof value);
    return value;
  }
  static Key key_at(const std::uint8_t* entry) noexcept {
    Key key{};
    std::memcpy(static_cast<void*>(&key), entry, kLane);
    return key;
  }

  void put(unsigned slot, const Key& key, const Value& value) noexcept { put_at(entry(slot), key, value); }
  static void put_at(std::uint8_t* entry, const Key& key, const Value& value) noexcept {
    std::memcpy(entry, &key, kLane);
    std::memcpy(entry + kLane, &value, sizeof value);
  }

  // Counts one key of the class more (or less) that is away; true if it is the first (or was the last). A count that
  // reaches 255 stays there for good: it is no longer known, and too high is safe.
  bool count_up(unsigned spill_class) noexcept {
    std::uint8_t& count = bytes[offset_of_count(spill_class)];
    if (count != 255) ++count;
    return count == 1;
  }
  bool count_down(unsigned spill_class) noexcept {
    std::uint8_t& count = bytes[offset_of_count(spill_class)];
    if (count == 255) return false;
    return --count == 0;
  }
  // For prefetching.
  [[nodiscard]] const std::uint8_t* address_of_count(unsigned spill_class) const noexcept {
    return bytes + offset_of_count(spill_class);
  }

  void clear_counts() noexcept {
    for (std::size_t block = 0; block < kBlocks; ++block) {
      std::memset(bytes + (block + 1) * kBlockBytes - BlockGeometry::kSpareBytes, 0, BlockGeometry::kSpareBytes);
    }
  }

  std::uint8_t bytes[kBlocks * kBlockBytes];

 private:
  static constexpr std::size_t offset_of_count(unsigned spill_class) noexcept {
    return (spill_class % kBlocks + 1) * kBlockBytes - BlockGeometry::kSpareBytes + spill_class / kBlocks;
  }
};

}  // namespace nicbench
