// Which five-tuple a flow has: computed from its number instead of looked up, which would cost a cache miss a frame.
//
// A keyed bijection of the flow's number gives the client's address and which part of the range of ports its port is
// drawn from (RFC 4814 §4.5: pseudorandom), so that tuples differ as long as there are numbers for it: 2^32 by default
// (22 bits of address, 10 of port), as many as clients and ports allow otherwise. The server is drawn for each flow.
// The client alone tells the number again.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "common/random.h"
#include "packet/five_tuple.h"
#include "packet/headers.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// A flow's client and server in network byte order; ports in the lower half.
struct FlowEnds {
  std::uint32_t client, server;
  std::uint32_t client_port, server_port;
};

class FlowTuples {
 public:
  // Same seed, same tuples, on any machine.
  explicit FlowTuples(std::uint64_t seed, const Endpoints& endpoints = {}) noexcept
      : key_(static_cast<std::uint32_t>(splitmix64(seed))),
        port_bits_(std::min<unsigned>(std::countr_zero(parts(endpoints.client_ports)), endpoints.clients.length)),
        number_(key_, 32 - endpoints.clients.length + port_bits_),
        clients_(endpoints.clients.address & ~hosts(endpoints.clients)),
        servers_(endpoints.servers.address & ~hosts(endpoints.servers)),
        server_mask_(hosts(endpoints.servers)),
        first_port_(endpoints.client_ports.first),
        ports_(endpoints.client_ports.count()),
        server_port_(endpoints.server_ports.value_or(PortRange{}).first),
        server_ports_(endpoints.server_ports ? endpoints.server_ports->count() : 0) {}

  // So many flows with numbers that follow one another have different tuples.
  static std::uint64_t distinct(const Endpoints& endpoints) noexcept {
    return std::min(parts(endpoints.client_ports) * (std::uint64_t{hosts(endpoints.clients)} + 1),
                    std::uint64_t{1} << 32);
  }

  // 32-bit arithmetic only, so that the compiler can do it for many flows at once.
  FlowEnds ends(std::uint32_t flow, std::uint32_t tcp) const noexcept {
    const std::uint32_t p = number_(flow);
    const std::uint32_t q = permute32(flow, key_ ^ 0x9e3779b9u);
    const std::uint32_t part = p & ((1u << port_bits_) - 1);
    const std::uint32_t part_start = start_of(part), part_ports = start_of(part + 1) - part_start;
    const std::uint32_t client_port = first_port_ + part_start + share(q * 0x85ebca6bu, part_ports);
    const std::uint32_t known_port = q >> 31 != 0 ? 443u : tcp != 0 ? 80u : 53u;
    const std::uint32_t drawn_port = server_port_ + share(q * 0xc2b2ae35u, server_ports_);
    const std::uint32_t server_port = server_ports_ != 0 ? drawn_port : known_port;
    return {to_be32(clients_ | (p >> port_bits_)), to_be32(servers_ | (q & server_mask_)), to_be32(client_port) >> 16,
            to_be32(server_port) >> 16};
  }

  // Client to server.
  FiveTuple4 tuple(std::uint32_t flow, bool tcp) const noexcept {
    const FlowEnds flow_ends = ends(flow, tcp);
    FiveTuple4 key;
    key.source = flow_ends.client;
    key.destination = flow_ends.server;
    key.source_port = static_cast<std::uint16_t>(flow_ends.client_port);
    key.destination_port = static_cast<std::uint16_t>(flow_ends.server_port);
    key.protocol = tcp ? kProtocolTcp : kProtocolUdp;
    return key;
  }

  // The same with addresses of RFC 5180 §8 (2001:2::/48), which end with those of IPv4.
  FiveTuple6 tuple6(std::uint32_t flow, bool tcp) const noexcept {
    const FiveTuple4 key4 = tuple(flow, tcp);
    FiveTuple6 key;
    key.source = {0x20, 0x01, 0, 2, 0, 0, 0, 0xc};
    key.destination = {0x20, 0x01, 0, 2, 0, 0, 0, 0x5};
    store(key.source.data() + 12, key4.source);
    store(key.destination.data() + 12, key4.destination);
    key.source_port = key4.source_port;
    key.destination_port = key4.destination_port;
    key.protocol = key4.protocol;
    return key;
  }

  // The flow whose client has this address and port (network byte order): of the flows with the same tuple, the first.
  // Of ends that are no client, any number.
  std::uint32_t flow_of(std::uint32_t client, std::uint16_t port) const noexcept {
    const std::uint32_t offset = (to_be16(port) - first_port_) & 0xffffu;
    const std::uint32_t part = (offset << port_bits_) / ports_ & ((1u << port_bits_) - 1);
    return number_.inverse((to_be32(client) ^ clients_) << port_bits_ | part);
  }

  // A number that looks random, for other choices a flow: the same for the same flow and purpose.
  std::uint32_t draw(std::uint32_t flow, std::uint32_t purpose) const noexcept {
    return permute32(flow, key_ ^ purpose);
  }

 private:
  static std::uint32_t hosts(const Prefix4& prefix) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{1} << (32 - prefix.length)) - 1);
  }
  // Parts that a range of ports is cut into, at most: a power of two, of which a part's start times ports fits 32 bits.
  static std::uint64_t parts(const PortRange& ports) noexcept {
    return std::min(std::bit_floor(ports.count()), 1u << 15);
  }
  // How far from the first port a part begins.
  std::uint32_t start_of(std::uint32_t part) const noexcept {
    return (part * ports_ + (1u << port_bits_) - 1) >> port_bits_;
  }
  // Which of `count` (at most 2^16) the upper half of a number draws.
  static std::uint32_t share(std::uint32_t random, std::uint32_t count) noexcept {
    return ((random >> 16) * count) >> 16;
  }

  std::uint32_t key_;
  unsigned port_bits_;  // of the flow's number, beside those of the address
  Permutation number_;
  std::uint32_t clients_;
  std::uint32_t servers_, server_mask_;
  std::uint32_t first_port_, ports_;
  std::uint32_t server_port_, server_ports_;  // 0 server ports: those of the protocol
};

}  // namespace nicbench
