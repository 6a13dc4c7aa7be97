// Source NAT of IPv4 (NAPT, RFC 3022 §2.2): hosts inside share external addresses by their ports.
//
// External address n is 198.18.0.0 + n, from the block for benchmarks (RFC 2544 C.2.2). A frame to one of them comes
// from outside and needs a mapping; every other frame comes from inside and may make one. An inside host always gets
// the same external address (paired pooling, RFC 4787 REQ-2), chosen by hash, and with it a port of that address from a
// pool of each protocol: TCP, UDP and ICMP echo, whose identifier stands for the port (RFC 5508 §3). When the pool is
// empty the flow is refused. Ports come back when their flow ends.
//
// Frames without ports (fragments, other protocols) cannot be translated and are dropped. IPv6 is tracked, not
// translated.
//
// Many cores: the tuple of a reply hashes to another queue than the original's, so that RSS alone does not bring both
// directions to one core. Each worker has external addresses of its own (`first` and `count`), and the NIC, or the
// generator, must steer frames from outside by their destination address.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dataplane/port_pool.h"
#include "packet/five_tuple.h"
#include "packet/hash.h"

namespace nicbench {

inline constexpr std::size_t kMaxNatAddresses = 1 << 12;

struct NatOptions {
  std::uint16_t first = 0;  // number of this worker's first external address
  std::uint16_t addresses = 16;
  std::uint16_t first_port = 1024;
  std::uint16_t last_port = 65535;
};

inline std::uint32_t external_address(std::uint16_t number) noexcept { return to_be32(0xc6120000u + number); }

class Nat {
 public:
  // Throws std::bad_alloc.
  Nat(const NatOptions& options, std::uint64_t seed) : options_(options), hash_(seed) {
    pools_.reserve(std::size_t{options.addresses} * kProtocols);
    for (std::size_t i = 0; i < std::size_t{options.addresses} * kProtocols; ++i) {
      pools_.emplace_back(options.first_port, options.last_port, splitmix64(seed));
    }
  }

  bool is_external(std::uint32_t address) const noexcept {
    const std::uint32_t number = to_be32(address) - to_be32(external_address(options_.first));
    return number < options_.addresses;
  }

  static bool translates(std::uint8_t protocol) noexcept { return pool_of(protocol) < kProtocols; }

  // The number of the external address of an inside host.
  std::uint16_t address_of(std::uint32_t inside) const noexcept {
    FiveTuple4 key;
    key.source = inside;
    return static_cast<std::uint16_t>(options_.first + reduce(hash_(key), options_.addresses));
  }

  // A port of that address, in network byte order; nothing if all are taken. translates(protocol) must hold.
  std::optional<std::uint16_t> take_port(std::uint16_t address, std::uint8_t protocol) noexcept {
    return pool(address, protocol).take();
  }

  // The port that the next flow of that address and protocol gets.
  std::optional<std::uint16_t> next_port(std::uint16_t address, std::uint8_t protocol) const noexcept {
    return pools_[index(address, protocol)].next_free();
  }

  void give_back(std::uint16_t address, std::uint8_t protocol, std::uint16_t port) noexcept {
    pool(address, protocol).give_back(port);
  }

  std::size_t ports_available(std::uint16_t address, std::uint8_t protocol) const noexcept {
    return pools_[index(address, protocol)].available();
  }

 private:
  static constexpr std::size_t kProtocols = 3;

  static std::size_t pool_of(std::uint8_t protocol) noexcept {
    return protocol == kProtocolTcp ? 0 : protocol == kProtocolUdp ? 1 : protocol == kProtocolIcmp ? 2 : kProtocols;
  }
  std::size_t index(std::uint16_t address, std::uint8_t protocol) const noexcept {
    return static_cast<std::size_t>(address - options_.first) * kProtocols + pool_of(protocol);
  }
  PortPool& pool(std::uint16_t address, std::uint8_t protocol) noexcept { return pools_[index(address, protocol)]; }

  const NatOptions options_;
  const TupleHash hash_;
  std::vector<PortPool> pools_;
};

}  // namespace nicbench
