// Seeded random numbers for workloads and tests. Not for secrets.
//
// Xoshiro256 is xoshiro256** 1.0 (Blackman, Vigna: "Scrambled Linear Pseudorandom Number Generators",
// TOMS 2021), seeded by SplitMix64 as its authors advise: the same seed gives the same sequence on every
// host and compiler, which <random>'s distributions do not promise.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <limits>

#include "common/multiply.h"

namespace nicbench {

// One step of SplitMix64: moves `state` on and returns the next number (Steele, Lea, Flood: OOPSLA 2014).
constexpr std::uint64_t splitmix64(std::uint64_t& state) noexcept {
  state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

// Meets UniformRandomBitGenerator.
class Xoshiro256 {
 public:
  using result_type = std::uint64_t;

  explicit constexpr Xoshiro256(std::uint64_t seed) noexcept {
    for (std::uint64_t& word : state_) word = splitmix64(seed);
  }
  // Continues from a state of the reference implementation. Not all zero.
  explicit constexpr Xoshiro256(const std::array<std::uint64_t, 4>& state) noexcept : state_(state) {}

  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }

  constexpr result_type operator()() noexcept {
    const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = std::rotl(state_[3], 45);
    return result;
  }

  // Uniform in [0, bound), bound > 0. The bias is below bound / 2^64 (Lemire: TOMACS 2019, without the rejection).
  constexpr std::uint64_t below(std::uint64_t bound) noexcept { return multiply((*this)(), bound).high; }

  // Uniform in [0, 1), 53 bits.
  constexpr double uniform() noexcept { return static_cast<double>((*this)() >> 11) * 0x1p-53; }

 private:
  std::array<std::uint64_t, 4> state_{};
};

// Keyed bijection of 32-bit numbers, and back: each step can be undone (Wellons, "Hash function prospector",
// lowbias32). 32-bit arithmetic only, so that the compiler can do many at once.
constexpr std::uint32_t permute32(std::uint32_t x, std::uint32_t key) noexcept {
  x += key;
  x = (x ^ (x >> 16)) * 0x7feb352du;
  x = (x ^ (x >> 15)) * 0x846ca68bu;
  return x ^ (x >> 16);
}
constexpr std::uint32_t unpermute32(std::uint32_t x, std::uint32_t key) noexcept {
  x = (x ^ (x >> 16)) * 0x43021123u;
  x = (x ^ (x >> 15) ^ (x >> 30)) * 0x1d69e2a5u;
  return (x ^ (x >> 16)) - key;
}

}  // namespace nicbench
