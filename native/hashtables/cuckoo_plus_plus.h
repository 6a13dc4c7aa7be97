// `cuckoo++`: cuckoo hashing whose buckets know which of their keys moved out, so that most misses read one line
// (Le Scouarnec: "Cuckoo++ Hash Tables: High-Performance Hash Tables for Networking Applications", ANCS 2018).
//
// Layout and search are those of `cuckoo` (cuckoo.h). A bucket's metadata, half a cache line, has besides the eight
// signatures a Bloom filter of 64 bits over the signatures of the keys that belong here but live in their alternate
// bucket, the number of these keys, and for each slot whether its key is such a guest.
//
// Costs, in cache lines: a miss reads one line of metadata, and the alternate's only if the filter says so: about
// 5 % of the time at 80 % load. A hit in the primary bucket reads one line and its entry's; the alternate's line is
// not fetched, which `cuckoo` always does. inserts and moves also write the metadata of the primary bucket.
//
// A Bloom filter cannot forget a key. It is cleared when the last of the bucket's absent keys has come back or was
// erased, which the count tells. The filter to clear is that of the key's *primary* bucket, found from the guest flag
// and the signature; a published implementation clears that of the bucket in which the key was found, and then loses
// flows under churn (tests/: long churn at constant size).
//
// The filter is fed with signatures instead of whole hashes, so that a displaced key need not be read to be hashed
// again: two bits out of 64, from the signature's twelve low bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "hashtables/cuckoo.h"
#include "hashtables/signatures.h"

namespace nicbench {

struct alignas(32) FilteredSignatures8 : Signatures8 {
  static constexpr bool kKnowsAway = true;

  std::uint64_t filter;  // of the signatures of keys that moved out
  std::uint16_t absent;  // how many did
  std::uint8_t guests;   // bit i: the key in slot i belongs to another bucket

  [[nodiscard]] bool may_be_away(std::uint16_t signature) const noexcept {
    const std::uint64_t bits = bits_of(signature);
    return (filter & bits) == bits;
  }

  void moved_out(std::uint16_t signature) noexcept {
    filter |= bits_of(signature);
    ++absent;
  }

  void came_back() noexcept {
    if (--absent == 0) filter = 0;
  }

  [[nodiscard]] bool is_guest(std::size_t slot) const noexcept { return (guests >> slot & 1) != 0; }

  void set_guest(std::size_t slot, bool guest) noexcept {
    const auto bit = static_cast<std::uint8_t>(1u << slot);
    guests = static_cast<std::uint8_t>(guest ? guests | bit : guests & ~bit);
  }

 private:
  static std::uint64_t bits_of(std::uint16_t signature) noexcept {
    return std::uint64_t{1} << (signature & 63) | std::uint64_t{1} << (signature >> 6 & 63);
  }
};
static_assert(sizeof(FilteredSignatures8) == 32);

template <class K, class V>
using CuckooPlusPlusTable = BasicCuckooTable<K, V, FilteredSignatures8>;

}  // namespace nicbench
