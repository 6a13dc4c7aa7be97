// Which five-tuple a flow has: computed from its number instead of looked up, which would cost a cache miss a frame.
//
// A keyed bijection of the flow's number gives the client's address and which part of the range of ports its port is
// drawn from (RFC 4814 §4.5: pseudorandom), so that tuples differ as long as there are numbers for it: 2^32 by default
// (22 bits of address, 10 of port), as many as clients and ports allow otherwise. The server is drawn for each flow.
// The client alone tells the number again.
//
// Here for one IPv4 prefix of clients and one of servers, in arithmetic that the compiler does for many flows at once;
// listed_tuples.h has the same for lists of prefixes, and for IPv6 ones.
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

// Ports of flows: the client's from the part of its range that the flow's number gives, the server's from all of its.
class FlowPorts {
 public:
  // A range is cut into 2^bits parts, at most max_bits().
  FlowPorts(const Endpoints& endpoints, unsigned bits) noexcept
      : bits_(bits),
        first_(endpoints.client_ports.first),
        count_(endpoints.client_ports.count()),
        server_first_(endpoints.server_ports.value_or(PortRange{}).first),
        server_count_(endpoints.server_ports ? endpoints.server_ports->count() : 0) {}

  // A power of two of parts, of which a part's start times ports fits 32 bits.
  static unsigned max_bits(const PortRange& ports) noexcept {
    return static_cast<unsigned>(std::bit_width(std::min(ports.count(), 1u << 15))) - 1;
  }

  unsigned bits() const noexcept { return bits_; }

  // random: 32 bits.
  std::uint32_t client(std::uint32_t part, std::uint32_t random) const noexcept {
    const std::uint32_t start = start_of(part);
    return first_ + start + share(random * 0x85ebca6bu, start_of(part + 1) - start);
  }
  std::uint32_t server(std::uint32_t tcp, std::uint32_t random) const noexcept {
    const std::uint32_t known = random >> 31 != 0 ? 443u : tcp != 0 ? 80u : 53u;
    const std::uint32_t drawn = server_first_ + share(random * 0xc2b2ae35u, server_count_);
    return server_count_ != 0 ? drawn : known;
  }

  // In which part of the range a client's port lies; of other ports, any.
  std::uint32_t part_of(std::uint16_t port) const noexcept {
    const std::uint32_t offset = (port - first_) & 0xffffu;
    return (offset << bits_) / count_ & ((1u << bits_) - 1);
  }

 private:
  // How far from the first port a part begins.
  std::uint32_t start_of(std::uint32_t part) const noexcept { return (part * count_ + (1u << bits_) - 1) >> bits_; }
  // Which of `count` (at most 2^16) the upper half of a number draws.
  static std::uint32_t share(std::uint32_t random, std::uint32_t count) noexcept {
    return ((random >> 16) * count) >> 16;
  }

  unsigned bits_;
  std::uint32_t first_, count_;
  std::uint32_t server_first_, server_count_;  // none of the server: those of the protocol
};

class FlowTuples {
 public:
  // Same seed, same tuples, on any machine. Of lists of prefixes, the first.
  explicit FlowTuples(std::uint64_t seed, const Endpoints& endpoints = {}) noexcept
      : FlowTuples(seed, endpoints, endpoints.clients.front(), endpoints.servers.front()) {}

  // So many flows with numbers that follow one another have different tuples.
  static std::uint64_t distinct(const Endpoints& endpoints) noexcept {
    const unsigned bits = 32u - endpoints.clients.front().length + FlowPorts::max_bits(endpoints.client_ports);
    return std::uint64_t{1} << std::min(bits, 32u);
  }

  // 32-bit arithmetic only, so that the compiler can do it for many flows at once.
  FlowEnds ends(std::uint32_t flow, std::uint32_t tcp) const noexcept {
    const std::uint32_t p = number_(flow);
    const std::uint32_t q = permute32(flow, key_ ^ kServerDraw);
    const std::uint32_t client_port = ports_.client(p & ((1u << ports_.bits()) - 1), q);
    return {to_be32(clients_ | (p >> ports_.bits())), to_be32(servers_ | (q & server_mask_)),
            to_be32(client_port) >> 16, to_be32(ports_.server(tcp, q)) >> 16};
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
    return number_.inverse((to_be32(client) ^ clients_) << ports_.bits() | ports_.part_of(to_be16(port)));
  }

  // A number that looks random, for other choices a flow: the same for the same flow and purpose.
  std::uint32_t draw(std::uint32_t flow, std::uint32_t purpose) const noexcept {
    return permute32(flow, key_ ^ purpose);
  }

 private:
  friend class ListedTuples;
  static constexpr std::uint32_t kServerDraw = 0x9e3779b9u;

  FlowTuples(std::uint64_t seed, const Endpoints& endpoints, const Prefix4& clients, const Prefix4& servers) noexcept
      : key_(static_cast<std::uint32_t>(splitmix64(seed))),
        ports_(endpoints, std::min<unsigned>(FlowPorts::max_bits(endpoints.client_ports), clients.length)),
        number_(key_, 32 - clients.length + ports_.bits()),
        clients_(clients.address & ~hosts(clients)),
        servers_(servers.address & ~hosts(servers)),
        server_mask_(hosts(servers)) {}

  static std::uint32_t hosts(const Prefix4& prefix) noexcept {
    return static_cast<std::uint32_t>((std::uint64_t{1} << (32 - prefix.length)) - 1);
  }

  std::uint32_t key_;
  FlowPorts ports_;
  Permutation number_;  // of the flow: client's address, and below it the part of the ports
  std::uint32_t clients_;
  std::uint32_t servers_, server_mask_;
};

}  // namespace nicbench
