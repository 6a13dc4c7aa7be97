// Copies of frames.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace nicbench {

// Those of 32 to 64 bytes, which are what rates are measured with, without a call: two halves that overlap.
inline void copy_bytes(std::uint8_t* to, const std::uint8_t* from, std::size_t length) noexcept {
  constexpr std::size_t kHalf = 32;
  if (length < kHalf || length > 2 * kHalf) {
    std::memcpy(to, from, length);
    return;
  }
  std::memcpy(to, from, kHalf);
  std::memcpy(to + length - kHalf, from + length - kHalf, kHalf);
}

}  // namespace nicbench
