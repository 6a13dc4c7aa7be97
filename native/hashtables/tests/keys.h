// Distinct keys by number, in the shapes that traffic has.
#pragma once

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "common/random.h"
#include "packet/five_tuple.h"

namespace nicbench::testing {

// The i-th of 2^48 scattered keys; all differ.
template <class Key>
Key scattered_key(std::uint64_t i) {
  std::uint64_t state = i;
  const std::uint64_t noise = splitmix64(state);  // a bijection of i
  Key key;
  std::memcpy(&key.source, &noise, 4);
  const std::uint64_t rest = noise >> 32;
  std::memcpy(&key.destination, &rest, 4);
  key.source_port = static_cast<std::uint16_t>(noise >> 16);
  key.destination_port = 443;
  key.protocol = 6;
  return key;
}

// The i-th connection of clients that count up: 2^16 ports for each address of 10.0.0.0/8 or 2001:db8::/64.
template <class Key>
Key sequential_key(std::uint64_t i) {
  Key key;
  auto* source = reinterpret_cast<std::uint8_t*>(&key.source) + sizeof key.source - 4;
  const std::uint64_t host = i >> 16;
  source[0] = 10;
  source[1] = static_cast<std::uint8_t>(host >> 16);
  source[2] = static_cast<std::uint8_t>(host >> 8);
  source[3] = static_cast<std::uint8_t>(host);
  const auto port = static_cast<std::uint16_t>(i);
  key.source_port = static_cast<std::uint16_t>(port << 8 | port >> 8);
  key.destination_port = 0x5000;
  key.protocol = 6;
  return key;
}

}  // namespace nicbench::testing
