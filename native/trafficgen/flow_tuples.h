// Which five-tuple a flow has: computed from its number instead of looked up, which would cost a cache miss a frame.
//
// A keyed bijection of the 32-bit flow number, so that all tuples differ: 22 bits become the client in 10.0.0.0/10 and
// 10 bits its port (pseudorandom and pairwise different: RFC 4814 §4.5); the server is in 192.168.0.0/16, as in
// NICBench. The client alone tells the number again.
#pragma once

#include <cstdint>

#include "common/random.h"
#include "packet/five_tuple.h"
#include "packet/headers.h"

namespace nicbench {

// A flow's client and server in network byte order; ports in the lower half.
struct FlowEnds {
  std::uint32_t client, server;
  std::uint32_t client_port, server_port;
};

class FlowTuples {
 public:
  // Same seed, same tuples, on any machine.
  explicit FlowTuples(std::uint64_t seed) noexcept : key_(static_cast<std::uint32_t>(splitmix64(seed))) {}

  // 32-bit arithmetic only, so that the compiler can do it for many flows at once.
  FlowEnds ends(std::uint32_t flow, std::uint32_t tcp) const noexcept {
    const std::uint32_t p = permute32(flow, key_);
    const std::uint32_t q = permute32(flow, key_ ^ 0x9e3779b9u);
    const std::uint32_t client_port = kFirstPort + (p & 0x3ffu) * kPortStep + (q >> 16) % kPortStep;
    const std::uint32_t server_port = q >> 31 != 0 ? 443u : tcp != 0 ? 80u : 53u;
    return {to_be32(kClients | (p >> 10)), to_be32(0xc0a80000u | (q & 0xffffu)), to_be32(client_port) >> 16,
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

  // The flow whose client has this address and port (network byte order); of ends that are no client, any number.
  std::uint32_t flow_of(std::uint32_t client, std::uint16_t port) const noexcept {
    const std::uint32_t high = (to_be32(client) & 0x3fffffu) << 10;
    return unpermute32(high | ((to_be16(port) - kFirstPort) / kPortStep & 0x3ffu), key_);
  }

  // A number that looks random, for other choices a flow: the same for the same flow and purpose.
  std::uint32_t draw(std::uint32_t flow, std::uint32_t purpose) const noexcept {
    return permute32(flow, key_ ^ purpose);
  }

 private:
  static constexpr std::uint32_t kClients = 0x0a000000u;
  static constexpr std::uint32_t kFirstPort = 1024;
  static constexpr std::uint32_t kPortStep = 63;

  std::uint32_t key_;
};

}  // namespace nicbench
