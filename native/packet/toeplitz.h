// Receive-side scaling: the Toeplitz hash of a frame's five-tuple, and the indirection table (RETA) that turns
// it into a queue, as NICs do it (Microsoft, "RSS hashing functions"; `rte_thash` in DPDK).
//
// The hash of an input is the XOR, over its one bits, of the 32 key bits that start at that bit. Per input byte
// that is one lookup in a table of 256 words, so that an IPv4 five-tuple costs 12 loads.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "packet/five_tuple.h"

namespace nicbench {

inline constexpr std::size_t kRssKeyBytes = 40;
using RssKey = std::array<std::uint8_t, kRssKeyBytes>;

// The key of Microsoft's verification suite, which most drivers use by default.
inline constexpr RssKey kDefaultRssKey{0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
                                       0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
                                       0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
                                       0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa};

// A key of period 16 bits hashes both directions of a connection alike (Woo, Park: "Scalable TCP session
// monitoring with symmetric receive-side scaling", 2012).
constexpr RssKey symmetric_rss_key() noexcept {
  RssKey key{};
  for (std::size_t i = 0; i < key.size(); i += 2) {
    key[i] = 0x6d;
    key[i + 1] = 0x5a;
  }
  return key;
}

// How a NIC is set up to spread frames.
struct RssConfig {
  bool symmetric = true;  // both directions of a connection go to one queue; else the default key
  std::size_t reta_entries = 512;
};

class Toeplitz {
 public:
  explicit Toeplitz(const RssKey& key) noexcept {
    for (std::size_t at = 0; at < kInputBytes; ++at) {
      for (unsigned byte = 0; byte < 256; ++byte) table_[at][byte] = hash_byte(key, at, byte);
    }
  }

  // Source address, destination address, source port, destination port, in network byte order.
  std::uint32_t operator()(const FiveTuple4& key) const noexcept { return hash<12>(&key); }
  std::uint32_t operator()(const FiveTuple6& key) const noexcept { return hash<36>(&key); }

 private:
  static constexpr std::size_t kInputBytes = 36;

  // The first bytes of a five-tuple are exactly RSS's input.
  template <std::size_t kBytes>
  std::uint32_t hash(const void* key) const noexcept {
    std::array<std::uint8_t, kBytes> input;
    std::memcpy(input.data(), key, kBytes);
    std::uint32_t result = 0;
    for (std::size_t at = 0; at < kBytes; ++at) result ^= table_[at][input[at]];
    return result;
  }

  static std::uint32_t hash_byte(const RssKey& key, std::size_t at, unsigned byte) noexcept {
    std::uint32_t result = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
      if ((byte >> (7 - bit) & 1) != 0) result ^= key_window(key, at * 8 + bit);
    }
    return result;
  }

  // The 32 key bits that start at `bit`.
  static std::uint32_t key_window(const RssKey& key, std::size_t bit) noexcept {
    std::uint64_t window = 0;
    for (std::size_t i = 0; i < 5; ++i) window = window << 8 | key[(bit / 8 + i) % kRssKeyBytes];
    return static_cast<std::uint32_t>(window >> (8 - bit % 8));
  }

  std::array<std::array<std::uint32_t, 256>, kInputBytes> table_{};
};

// Hash -> queue. Starts round robin, as drivers set it up; entries can be moved between queues.
class IndirectionTable {
 public:
  // entries: a power of two; NICs have 128 (Intel ixgbe) to 2048.
  IndirectionTable(std::size_t entries, std::uint16_t queues)
      : queues_(entries), mask_(static_cast<std::uint32_t>(entries - 1)) {
    for (std::size_t i = 0; i < entries; ++i) queues_[i] = static_cast<std::uint16_t>(i % queues);
  }

  std::uint16_t queue(std::uint32_t hash) const noexcept { return queues_[hash & mask_]; }
  std::span<std::uint16_t> entries() noexcept { return queues_; }

 private:
  std::vector<std::uint16_t> queues_;
  std::uint32_t mask_;
};

}  // namespace nicbench
