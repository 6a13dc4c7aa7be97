// Full 64 x 64 -> 128 bit multiplication: the one step that hashes and bounded random numbers are made of.
#pragma once

#include <cstdint>

namespace nicbench {

struct Product128 {
  std::uint64_t low;
  std::uint64_t high;
};

// From four 32-bit multiplies, for compilers without a 128-bit type.
constexpr Product128 multiply_portable(std::uint64_t a, std::uint64_t b) noexcept {
  const std::uint64_t a_low = a & 0xffffffffu, a_high = a >> 32;
  const std::uint64_t b_low = b & 0xffffffffu, b_high = b >> 32;
  const std::uint64_t low = a_low * b_low;
  const std::uint64_t cross = a_high * b_low + (low >> 32);
  const std::uint64_t middle = a_low * b_high + (cross & 0xffffffffu);
  return {(middle << 32) | (low & 0xffffffffu), a_high * b_high + (cross >> 32) + (middle >> 32)};
}

constexpr Product128 multiply(std::uint64_t a, std::uint64_t b) noexcept {
#ifdef __SIZEOF_INT128__
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return {static_cast<std::uint64_t>(product), static_cast<std::uint64_t>(product >> 64)};
#else
  return multiply_portable(a, b);
#endif
}

// The halves of the product exclusive-ored: a non-linear mix of both factors.
constexpr std::uint64_t fold(std::uint64_t a, std::uint64_t b) noexcept {
  const Product128 product = multiply(a, b);
  return product.low ^ product.high;
}

}  // namespace nicbench
