// The one hash of all tables that take one: a keyed, multiply-based hash of a five-tuple.
//
//   fold(a, b)   the two 64-bit halves of the 128-bit product a * b, exclusive-ored
//                (Wang Yi: wyhash, 2019; the same step as in rapidhash and absl::Hash)
//   FiveTuple4   product = (w0 ^ k0) * (w1 ^ k1);  fold(low ^ k2, high ^ k3)
//   words        state = fold(w[i] ^ k5, w[i+1] ^ state) for each further pair; product = (w0 ^ k0) * (w1 ^ k1 ^ state)
//   FiveTuple6   the same on w4 and the addresses folded to one word: fold(w0 ^ k0, w1 ^ k1) ^ fold(w2 ^ k2, w3 ^ k3)
//
// All 64 bits of the result are good: take the bucket from the high bits (`reduce`) and a tag from the low
// ones. The cost is two multiplies (IPv6: four), about 10 cycles of latency and 3 of throughput.
//
// Why not CRC32C, which is as fast: it is linear. crc(a) ^ crc(b) depends on a ^ b only, whatever the initial
// value, so keys that collide under one seed collide under all, and anyone can make them. Here two keys that
// collide for one seed differ for another (tests/hash_test.cc shows both). It is no cryptographic MAC: it keeps
// crafted traffic from colliding without the seed, not someone who can read the hashes.
//
// The values are fixed: they are the same on every host and with every compiler (golden vectors in the tests).
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "common/multiply.h"
#include "common/random.h"
#include "packet/five_tuple.h"

namespace nicbench {

// Maps the high 32 bits of a hash to [0, count) without a division (Lemire: "Fast Random Integer Generation in an
// Interval", TOMACS 2019), so that tables need not be a power of two in size. count <= 2^32.
constexpr std::uint64_t reduce(std::uint64_t hash, std::uint64_t count) noexcept {
  return ((hash >> 32) * count) >> 32;
}

// Hashes keys under a secret made from a seed. Trivially copyable; stateless after construction.
class TupleHash {
 public:
  explicit constexpr TupleHash(std::uint64_t seed = 0) noexcept {
    for (std::uint64_t& word : secret_) word = splitmix64(seed);
  }

  std::uint64_t operator()(const FiveTuple4& key) const noexcept {
    const auto w = words<2>(&key);
    const Product128 product = multiply(w[0] ^ secret_[0], w[1] ^ secret_[1]);
    return fold(product.low ^ secret_[2], product.high ^ secret_[3]);
  }

  // Any number of words, such as masked header fields: as FiveTuple4 for two of them, else two at a time.
  template <std::size_t kCount>
  std::uint64_t operator()(const std::array<std::uint64_t, kCount>& key) const noexcept {
    static_assert(kCount % 2 == 0);
    std::uint64_t state = secret_[4];
    for (std::size_t i = 2; i < kCount; i += 2) state = fold(key[i] ^ secret_[5], key[i + 1] ^ state);
    if constexpr (kCount == 2) state = 0;
    const Product128 product = multiply(key[0] ^ secret_[0], key[1] ^ secret_[1] ^ state);
    return fold(product.low ^ secret_[2], product.high ^ secret_[3]);
  }

  std::uint64_t operator()(const FiveTuple6& key) const noexcept {
    const auto w = words<5>(&key);
    const std::uint64_t addresses =
        fold(w[0] ^ secret_[0], w[1] ^ secret_[1]) ^ fold(w[2] ^ secret_[2], w[3] ^ secret_[3]);
    const Product128 product = multiply(addresses ^ secret_[4], w[4] ^ secret_[5]);
    return fold(product.low ^ secret_[6], product.high ^ secret_[7]);
  }

 private:
  template <std::size_t kCount>
  static std::array<std::uint64_t, kCount> words(const void* key) noexcept {
    std::array<std::uint64_t, kCount> result;
    // Word by word: copied as a whole, they would take a way over the stack.
    for (std::size_t i = 0; i < kCount; ++i) {
      std::memcpy(&result[i], static_cast<const std::uint8_t*>(key) + 8 * i, 8);
    }
    if constexpr (std::endian::native == std::endian::big) {
      for (std::uint64_t& word : result) word = __builtin_bswap64(word);
    }
    return result;
  }

  std::array<std::uint64_t, 8> secret_{};
};

}  // namespace nicbench
