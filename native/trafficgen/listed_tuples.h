// Five-tuples of flows whose clients and servers are lists of prefixes, of IPv4, IPv6 or both.
//
// As in flow_tuples.h, a keyed bijection of the flow's number gives the client. The addresses of a list are numbered
// through and cut into a power of two of parts, as ports are; the bijection gives the part, and which of its addresses
// (one or two, unless there are more than 2^32) is drawn. So all addresses come, and tuples differ as long as there are
// numbers for them.
//
// One prefix of IPv4 each has the tuples of FlowTuples. Lookups in the lists cost a few ns a flow more.
#pragma once

#include <cstdint>
#include <vector>

#include "common/random.h"
#include "packet/five_tuple.h"
#include "trafficgen/flow_tuples.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// Host byte order; of IPv4 the lower 32 bits.
struct Address {
  std::uint64_t high = 0, low = 0;
};

// Addresses of several prefixes, numbered through. Of an IPv6 prefix with more than 32 bits of its own there are 2^32,
// all over the prefix: the bits above are a hash of the last 32.
class AddressList {
 public:
  explicit AddressList(const std::vector<Prefix4>& prefixes);
  explicit AddressList(const std::vector<Prefix6>& prefixes);

  std::uint64_t size() const noexcept { return size_; }
  // number: below size().
  Address at(std::uint64_t number) const noexcept;

 private:
  struct Range {
    std::uint64_t start;    // the number of its first address
    Address first, hashed;  // its first address, and a mask of the bits that are a hash
  };

  void add(Address first, unsigned bits);

  std::vector<Range> ranges_;
  std::uint64_t size_ = 0;
};

class ListedTuples {
 public:
  // Same seed, same tuples, on any machine. No list of IPv4 is empty.
  ListedTuples(std::uint64_t seed, const Endpoints& endpoints);

  // Is FlowTuples not enough for them?
  static bool needed(const Endpoints& endpoints) noexcept {
    const auto& [clients, servers, client_ports, server_ports, clients6, servers6] = endpoints;
    return clients.size() > 1 || servers.size() > 1 || !clients6.empty() || !servers6.empty();
  }

  // So many flows with numbers that follow one another have different tuples, if this share of them, in [0, 1], is
  // IPv6.
  std::uint64_t distinct(double ipv6_share) const noexcept;

  // Client to server.
  FiveTuple4 tuple(std::uint32_t flow, bool tcp) const noexcept;
  FiveTuple6 tuple6(std::uint32_t flow, bool tcp) const noexcept;

 private:
  struct Ends {
    Address client, server;
    std::uint16_t client_port, server_port;
  };

  // The clients and servers of one IP version.
  class Family {
   public:
    Family(std::uint32_t key, const Endpoints& endpoints, AddressList clients, AddressList servers) noexcept;

    Ends ends(std::uint32_t flow, bool tcp) const noexcept;
    std::uint64_t distinct() const noexcept { return std::uint64_t{1} << (client_bits_ + ports_.bits()); }
    std::uint32_t key() const noexcept { return key_; }

   private:
    // The number of the first client of a part.
    std::uint64_t start_of(std::uint64_t part) const noexcept;

    std::uint32_t key_;
    AddressList clients_, servers_;
    unsigned client_bits_;  // of the flow's number, above those of the port
    FlowPorts ports_;
    Permutation number_;
  };

  Family ipv4_, ipv6_;
};

}  // namespace nicbench
