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

// Keyed bijection of numbers of a few bits, and back: each step can be undone (Wellons, "Hash function prospector",
// lowbias32, with narrower shifts for fewer bits). 32-bit arithmetic only, so that the compiler can do many at once.
class Permutation {
 public:
  // bits: 0 to 32.
  constexpr Permutation(std::uint32_t key, unsigned bits) noexcept
      : key_(key),
        mask_(static_cast<std::uint32_t>((1ull << bits) - 1)),
        outer_((bits + 1) / 2),
        inner_(outer_ - (bits > 5 ? 1 : 0)) {}

  // Of a number with more bits the lower ones count.
  constexpr std::uint32_t operator()(std::uint32_t x) const noexcept {
    x = (x + key_) & mask_;
    x = (x ^ (x >> outer_)) * 0x7feb352du & mask_;
    x = (x ^ (x >> inner_)) * 0x846ca68bu & mask_;
    return x ^ (x >> outer_);
  }
  constexpr std::uint32_t inverse(std::uint32_t x) const noexcept {
    x = (x ^ (x >> outer_)) * 0x43021123u & mask_;
    x ^= x >> inner_ ^ (2 * inner_ < 32 ? x >> 2 * inner_ : 0);
    x = x * 0x1d69e2a5u & mask_;
    return ((x ^ (x >> outer_)) - key_) & mask_;
  }

 private:
  std::uint32_t key_;
  std::uint32_t mask_;
  unsigned outer_, inner_;
};

// The same of all 32 bits.
constexpr std::uint32_t permute32(std::uint32_t x, std::uint32_t key) noexcept { return Permutation(key, 32)(x); }

}  // namespace nicbench
