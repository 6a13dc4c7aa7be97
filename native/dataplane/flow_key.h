// One key for both directions of a connection.
//
// Addresses and ports are put in a fixed order, the lower end first, and whether that swapped them is kept beside the
// key. The other way to find a connection from both sides, two entries as in Linux, costs a second insert, a second
// erase and twice the table for every flow; it is needed only where replies do not carry the reverse of the original
// tuple, that is where they were translated (nat, and a load balancer that servers answer through). There, and only
// there, the flow has a second entry, under the tuple that its replies carry.
//
// The order is of the bytes as they lie in memory: any order will do, as long as both directions agree.
//
// What the table holds for a key is a FlowRef: the flow's number and one bit, chosen so that for a frame
//
//   direction = bit of the entry ^ swapped of the frame
//
// whichever of the two entries was found. (A tuple that is its own reverse is always in the original direction.)
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "dataplane/tcp_state.h"
#include "packet/five_tuple.h"

namespace nicbench {

// Puts the key in canonical order; returns whether that swapped it.
inline bool canonicalise(FiveTuple4& key) noexcept {
  const std::uint64_t a = std::uint64_t{key.source} << 16 | key.source_port;
  const std::uint64_t b = std::uint64_t{key.destination} << 16 | key.destination_port;
  const bool swapped = a > b;
  const std::uint64_t low = swapped ? b : a, high = swapped ? a : b;
  key.source = static_cast<std::uint32_t>(low >> 16);
  key.source_port = static_cast<std::uint16_t>(low);
  key.destination = static_cast<std::uint32_t>(high >> 16);
  key.destination_port = static_cast<std::uint16_t>(high);
  return swapped;
}

// The same from fields as they stand in a frame. The key is written as two whole words, as hashes read it: a load that
// spans several smaller stores waits until they have left the store buffer, 15 cycles a frame.
inline bool canonical_key(std::uint32_t source, std::uint32_t destination, std::uint16_t source_port,
                          std::uint16_t destination_port, std::uint8_t protocol, FiveTuple4& key) noexcept {
  if constexpr (std::endian::native != std::endian::little) {
    key = {source, destination, source_port, destination_port, protocol, {}};
    return canonicalise(key);
  }
  const std::uint64_t a = std::uint64_t{source} << 16 | source_port;
  const std::uint64_t b = std::uint64_t{destination} << 16 | destination_port;
  const bool swapped = a > b;
  const std::uint64_t low = swapped ? b : a, high = swapped ? a : b;
  const std::uint64_t addresses = low >> 16 | (high >> 16) << 32;
  const std::uint64_t rest = (low & 0xffff) | (high & 0xffff) << 16 | std::uint64_t{protocol} << 32;
  std::memcpy(static_cast<void*>(&key), &addresses, sizeof addresses);
  std::memcpy(reinterpret_cast<char*>(&key) + sizeof addresses, &rest, sizeof rest);
  return swapped;
}

inline bool canonicalise(FiveTuple6& key) noexcept {
  std::uint64_t a[2], b[2];
  std::memcpy(a, key.source.data(), sizeof a);
  std::memcpy(b, key.destination.data(), sizeof b);
  bool swapped = key.source_port > key.destination_port;
  if (a[1] != b[1]) swapped = a[1] > b[1];
  if (a[0] != b[0]) swapped = a[0] > b[0];
  if (swapped) {
    std::swap(key.source, key.destination);
    std::swap(key.source_port, key.destination_port);
  }
  return swapped;
}

// The tuple on the wire of a canonical key.
template <class Key>
Key oriented(Key key, bool swapped) noexcept {
  if (swapped) {
    std::swap(key.source, key.destination);
    std::swap(key.source_port, key.destination_port);
  }
  return key;
}

using FlowRef = std::uint32_t;
inline constexpr FlowRef kNoFlow = ~FlowRef{0};
inline constexpr std::uint32_t kMaxFlows = 0x7fffffff;

constexpr FlowRef flow_ref(std::uint32_t flow, bool bit) noexcept { return flow | FlowRef{bit} << 31; }
constexpr std::uint32_t flow_of(FlowRef ref) noexcept { return ref & 0x7fffffff; }
constexpr Direction direction_of(FlowRef ref, bool swapped) noexcept {
  return static_cast<Direction>((ref >> 31) ^ static_cast<FlowRef>(swapped));
}

}  // namespace nicbench
