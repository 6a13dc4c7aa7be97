// Flow keys: the five-tuple of a frame as it stands on the wire.
//
// Addresses and ports stay in network byte order, so that parsing is a copy and two hosts of either
// endianness agree on every hash. Padding is part of the key and always zero: keys compare, copy and
// hash as whole 8-byte words.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace nicbench {

// 13 bytes of five-tuple in 16 bytes.
struct alignas(8) FiveTuple4 {
  std::uint32_t source = 0;
  std::uint32_t destination = 0;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  std::array<std::uint8_t, 3> padding{};

  friend bool operator==(const FiveTuple4& a, const FiveTuple4& b) noexcept {
    std::uint64_t x[2], y[2];
    std::memcpy(x, &a, sizeof x);
    std::memcpy(y, &b, sizeof y);
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
  }
};
static_assert(sizeof(FiveTuple4) == 16 && std::is_trivially_copyable_v<FiveTuple4>);

// 37 bytes of five-tuple in 40 bytes.
struct alignas(8) FiveTuple6 {
  std::array<std::uint8_t, 16> source{};
  std::array<std::uint8_t, 16> destination{};
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t protocol = 0;
  std::array<std::uint8_t, 3> padding{};

  friend bool operator==(const FiveTuple6& a, const FiveTuple6& b) noexcept {
    return std::memcmp(&a, &b, sizeof a) == 0;
  }
};
static_assert(sizeof(FiveTuple6) == 40 && std::is_trivially_copyable_v<FiveTuple6>);

}  // namespace nicbench
