// The Internet checksum (RFC 1071), whole and incremental (RFC 1624).
//
// Sums are kept in the byte order of memory: one's-complement addition commutes with byte swapping
// (RFC 1071 §2(B)), so no field needs to be swapped. A sum is 64 bits wide and folded once at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "packet/headers.h"

namespace nicbench {

// Folds a sum of 16-bit words to 16 bits with end-around carry.
constexpr std::uint16_t fold16(std::uint64_t sum) noexcept {
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffffffffu) + (sum >> 32);
  sum = (sum & 0xffffu) + (sum >> 16);
  sum = (sum & 0xffffu) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

// Sum of `length` bytes as 16-bit words in memory order; an odd last byte is padded with zero.
inline std::uint64_t sum_bytes(const std::uint8_t* data, std::size_t length) noexcept {
  std::uint64_t sum = 0;
  for (; length >= 4; data += 4, length -= 4) {
    std::uint32_t word;
    std::memcpy(&word, data, sizeof word);
    sum += word;
  }
  if (length >= 2) {
    std::uint16_t half;
    std::memcpy(&half, data, sizeof half);
    sum += half;
    data += 2;
    length -= 2;
  }
  if (length == 1) {
    std::uint16_t last = 0;
    std::memcpy(&last, data, 1);
    sum += last;
  }
  return sum;
}

inline std::uint16_t checksum(const std::uint8_t* data, std::size_t length) noexcept {
  return static_cast<std::uint16_t>(~fold16(sum_bytes(data, length)));
}

// HC' = ~(~HC + ~m + m') (RFC 1624 eqn. 3), for any number of words changed: `old_sum` and `new_sum`
// are sums of the words before and after.
constexpr std::uint16_t update_checksum(std::uint16_t checksum, std::uint64_t old_sum, std::uint64_t new_sum) noexcept {
  const std::uint64_t complement = static_cast<std::uint16_t>(~fold16(old_sum));
  return static_cast<std::uint16_t>(~fold16(static_cast<std::uint16_t>(~checksum) + complement + fold16(new_sum)));
}

// Sum of the upper-layer pseudo-header: `addresses` are source and destination as they stand in the IP
// header, 8 bytes of IPv4 (RFC 9293 §3.1) or 32 of IPv6 (RFC 8200 §8.1).
inline std::uint64_t pseudo_header_sum(const std::uint8_t* addresses, std::size_t address_bytes, std::uint8_t protocol,
                                       std::uint16_t length) noexcept {
  return sum_bytes(addresses, address_bytes) + to_be16(protocol) + to_be16(length);
}

}  // namespace nicbench
