#include "trafficgen/listed_tuples.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "common/multiply.h"
#include "packet/headers.h"

namespace nicbench {
namespace {

// RFC 5180 §8, followed by the address of IPv4: as FlowTuples::tuple6().
constexpr std::uint64_t kClients6 = 0x200100020000000cu, kServers6 = 0x2001000200000005u;

// A mask of the last `bits` of 64.
constexpr std::uint64_t last(unsigned bits) noexcept { return bits >= 64 ? ~std::uint64_t{0} : (1ull << bits) - 1; }

AddressList of_ipv6(const std::vector<Prefix6>& given, std::uint64_t high, const std::vector<Prefix4>& ipv4) {
  if (!given.empty()) return AddressList(given);
  std::vector<Prefix6> prefixes;
  for (const auto& [address, length] : ipv4)
    prefixes.push_back({high, address, static_cast<std::uint8_t>(96 + length)});
  return AddressList(prefixes);
}

void store_address(std::uint8_t* at, const Address& address) noexcept {
  store(at, to_be32(static_cast<std::uint32_t>(address.high >> 32)));
  store(at + 4, to_be32(static_cast<std::uint32_t>(address.high)));
  store(at + 8, to_be32(static_cast<std::uint32_t>(address.low >> 32)));
  store(at + 12, to_be32(static_cast<std::uint32_t>(address.low)));
}

// A tuple that lacks its addresses.
template <class Key>
Key with_ports(std::uint16_t client, std::uint16_t server, bool tcp) noexcept {
  Key key;
  key.source_port = to_be16(client);
  key.destination_port = to_be16(server);
  key.protocol = tcp ? kProtocolTcp : kProtocolUdp;
  return key;
}

}  // namespace

AddressList::AddressList(const std::vector<Prefix4>& prefixes) {
  for (const auto& [address, length] : prefixes) add({0, address}, 32u - length);
}

AddressList::AddressList(const std::vector<Prefix6>& prefixes) {
  for (const auto& [high, low, length] : prefixes) add({high, low}, 128u - length);
}

void AddressList::add(Address first, unsigned bits) {
  const Address own{last(bits < 64 ? 0 : bits - 64), last(std::min(bits, 64u))};
  const unsigned numbered = std::min(bits, 32u);
  ranges_.push_back({size_, {first.high & ~own.high, first.low & ~own.low}, {own.high, own.low & ~last(numbered)}});
  size_ += std::uint64_t{1} << numbered;
}

Address AddressList::at(std::uint64_t number) const noexcept {
  const auto above = std::upper_bound(ranges_.begin(), ranges_.end(), number,
                                      [](std::uint64_t wanted, const Range& range) { return wanted < range.start; });
  const Range& range = *(above - 1);
  const std::uint64_t host = number - range.start;
  std::uint64_t state = host;
  const std::uint64_t high = splitmix64(state) & range.hashed.high;
  return {range.first.high | high, range.first.low | (splitmix64(state) & range.hashed.low) | host};
}

ListedTuples::Family::Family(std::uint32_t key, const Endpoints& endpoints, AddressList clients,
                             AddressList servers) noexcept
    : key_(key),
      clients_(std::move(clients)),
      servers_(std::move(servers)),
      client_bits_(std::min(static_cast<unsigned>(std::bit_width(clients_.size())) - 1, 32u)),
      ports_(endpoints, std::min(FlowPorts::max_bits(endpoints.client_ports), 32 - client_bits_)),
      number_(key, client_bits_ + ports_.bits()) {}

std::uint64_t ListedTuples::Family::start_of(std::uint64_t part) const noexcept {
  using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((Wide{part} * clients_.size()) >> client_bits_);
}

ListedTuples::Ends ListedTuples::Family::ends(std::uint32_t flow, bool tcp) const noexcept {
  const std::uint32_t p = number_(flow);
  const std::uint32_t q = permute32(flow, key_ ^ FlowTuples::kServerDraw);
  std::uint64_t state = q;
  const std::uint64_t random = splitmix64(state);
  const std::uint64_t part = p >> ports_.bits();
  const std::uint64_t start = start_of(part);
  const std::uint64_t client = start + multiply(random, start_of(part + 1) - start).high;
  // Of 2^n servers, up to 2^32, the last n bits of q.
  const std::uint64_t server = ((random & ~last(32)) | q) % servers_.size();
  const std::uint32_t client_port = ports_.client(p & static_cast<std::uint32_t>(last(ports_.bits())), q);
  return {clients_.at(client), servers_.at(server), static_cast<std::uint16_t>(client_port),
          static_cast<std::uint16_t>(ports_.server(tcp, q))};
}

ListedTuples::ListedTuples(std::uint64_t seed, const Endpoints& endpoints)
    : ipv4_(static_cast<std::uint32_t>(splitmix64(seed)), endpoints, AddressList(endpoints.clients),
            AddressList(endpoints.servers)),
      ipv6_(ipv4_.key(), endpoints, of_ipv6(endpoints.clients6, kClients6, endpoints.clients),
            of_ipv6(endpoints.servers6, kServers6, endpoints.servers)) {}

std::uint64_t ListedTuples::distinct(double ipv6_share) const noexcept {
  if (ipv6_share >= 1) return ipv6_.distinct();
  return ipv6_share > 0 ? std::min(ipv4_.distinct(), ipv6_.distinct()) : ipv4_.distinct();
}

FiveTuple4 ListedTuples::tuple(std::uint32_t flow, bool tcp) const noexcept {
  const Ends ends = ipv4_.ends(flow, tcp);
  auto key = with_ports<FiveTuple4>(ends.client_port, ends.server_port, tcp);
  key.source = to_be32(static_cast<std::uint32_t>(ends.client.low));
  key.destination = to_be32(static_cast<std::uint32_t>(ends.server.low));
  return key;
}

FiveTuple6 ListedTuples::tuple6(std::uint32_t flow, bool tcp) const noexcept {
  const Ends ends = ipv6_.ends(flow, tcp);
  auto key = with_ports<FiveTuple6>(ends.client_port, ends.server_port, tcp);
  store_address(key.source.data(), ends.client);
  store_address(key.destination.data(), ends.server);
  return key;
}

}  // namespace nicbench
