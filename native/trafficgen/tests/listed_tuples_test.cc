#include "trafficgen/listed_tuples.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <unordered_set>
#include <vector>

#include "packet/hash.h"
#include "packet/headers.h"

namespace nicbench {
namespace {

const PortRange kOnePort{80, 80};

bool in(const FiveTuple4& key, const Prefix4& prefix) {
  const std::uint32_t address = to_be32(key.source);
  return (std::uint64_t{address ^ prefix.address} >> (32 - prefix.length)) == 0;
}

// The first four 16-bit groups, or the last.
std::uint64_t half(const std::array<std::uint8_t, 16>& address, std::size_t at) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < 8; ++i) value = value << 8 | address[8 * at + i];
  return value;
}

TEST(ListedTuples, AreThoseOfFlowTuplesForOnePrefixEach) {
  const std::vector<Endpoints> all{{},
                                   {{{0xac100a00, 24}}, {{0x0a140000, 15}}, {5000, 5999}, PortRange{7000, 7002}},
                                   {{{0x0a000001, 32}}, {{0xc0a80001, 32}}, {1024, 65535}, kOnePort},
                                   {{{0x0a000000, 31}}, {{0xc0a80000, 30}}, {53, 53}, kOnePort}};
  for (const Endpoints& endpoints : all) {
    const FlowTuples plain(9, endpoints);
    const ListedTuples listed(9, endpoints);
    EXPECT_FALSE(ListedTuples::needed(endpoints));
    EXPECT_EQ(listed.distinct(0), FlowTuples::distinct(endpoints));
    EXPECT_EQ(listed.distinct(0.5), FlowTuples::distinct(endpoints));
    for (std::uint64_t i = 0; i < 20'000; ++i) {
      const auto flow = static_cast<std::uint32_t>(i * 4099);
      ASSERT_EQ(listed.tuple(flow, i % 2 == 0), plain.tuple(flow, i % 2 == 0)) << flow;
      ASSERT_EQ(listed.tuple6(flow, i % 2 == 0), plain.tuple6(flow, i % 2 == 0)) << flow;
    }
  }
}

// 768 clients, which is no power of two: all of them come, none much more often than others.
TEST(ListedTuples, ComeFromAllAddressesOfAllPrefixesAlike) {
  const Endpoints endpoints{
      {{0xc0000200, 24}, {0x0a000000, 24}, {0xc6336400, 24}}, {{0xcb007100, 25}, {0xac100000, 26}}, {53, 53}, {}};
  ASSERT_TRUE(ListedTuples::needed(endpoints));
  const ListedTuples tuples(3, endpoints);
  std::map<std::uint32_t, int> clients, servers;
  for (std::uint32_t flow = 0; flow < 512 * 300; ++flow) {
    const FiveTuple4 key = tuples.tuple(flow, false);
    ASSERT_TRUE(std::any_of(endpoints.clients.begin(), endpoints.clients.end(),
                            [&](const Prefix4& prefix) { return in(key, prefix); }));
    ++clients[key.source];
    ++servers[key.destination];
  }
  ASSERT_EQ(clients.size(), 768u);
  // A part of one address comes 300 times; of two, each half as often.
  for (const auto& [address, flows] : clients) EXPECT_TRUE(flows >= 80 && flows <= 300) << address << ": " << flows;
  ASSERT_EQ(servers.size(), 128u + 64u);
  for (const auto& [address, flows] : servers) EXPECT_NEAR(flows, 800, 200) << address;
}

TEST(ListedTuples, DifferAsLongAsThereAreClientsAndPortsForThem) {
  const std::vector<Prefix6> far6{{0x20010db8ffff0000, 0, 64}};
  for (const Endpoints& endpoints :
       {Endpoints{{{0xc0000200, 24}, {0x0a000000, 24}, {0xc6336400, 24}}, {{0xc0a80001, 32}}, {53, 53}, kOnePort},
        Endpoints{{{0xc0000200, 31}, {0x0a000000, 32}}, {{0xc0a80001, 32}}, {5000, 5004}, kOnePort},
        Endpoints{{{0x0a000000, 8}, {0xc0000200, 24}}, {{0xc0a80001, 32}}, {1024, 65535}, kOnePort},
        Endpoints{{{0x0a000000, 32}}, {{0xc0a80001, 32}}, {53, 53}, kOnePort, {{1, 2, 120}, {1, 0x300, 121}}, far6},
        Endpoints{
            {{0x0a000000, 32}}, {{0xc0a80001, 32}}, {53, 53}, kOnePort, {{1, 0, 32}, {1ull << 63, 0, 3}}, far6}}) {
    const ListedTuples tuples(5, endpoints);
    const auto expect_all_different = [&](std::uint64_t distinct, const auto& tuple_of) {
      const auto flows = static_cast<std::uint32_t>(std::min<std::uint64_t>(distinct, 1 << 17));
      for (const std::uint32_t start : {0u, 12'345u, 0xfffffff0u}) {
        std::unordered_set<decltype(tuple_of(start)), TupleHash> seen;
        for (std::uint32_t i = 0; i < flows; ++i) {
          ASSERT_TRUE(seen.insert(tuple_of(start + i)).second) << "flow " << start + i << " of " << flows;
        }
      }
    };
    expect_all_different(tuples.distinct(0), [&](std::uint32_t flow) { return tuples.tuple(flow, false); });
    expect_all_different(tuples.distinct(1), [&](std::uint32_t flow) { return tuples.tuple6(flow, false); });
  }
}

TEST(ListedTuples, AreAsManyAsAddressesAndPortsOfTheIpVersionsAllow) {
  const std::vector<Prefix6> wide{{0x20010db800000000, 0, 32}}, narrow{{0x20010db800000000, 0, 124}};
  const auto distinct = [](std::vector<Prefix4> clients, std::vector<Prefix6> clients6, PortRange ports, double share) {
    const Endpoints endpoints{std::move(clients), {{0xc0a80001, 32}}, ports, kOnePort, std::move(clients6), {}};
    return ListedTuples(1, endpoints).distinct(share);
  };
  EXPECT_EQ(distinct({{0xc0000200, 24}, {0x0a000000, 24}, {0xc6336400, 24}}, {}, {53, 53}, 0), 512u);
  EXPECT_EQ(distinct({{0xc0000200, 24}, {0x0a000000, 24}}, {}, {0, 999}, 0), 512u * 512);
  EXPECT_EQ(distinct({{0xc0000200, 24}}, wide, {53, 53}, 0), 256u);
  EXPECT_EQ(distinct({{0xc0000200, 24}}, wide, {53, 53}, 1), std::uint64_t{1} << 32);
  EXPECT_EQ(distinct({{0xc0000200, 24}}, narrow, {53, 53}, 1), 16u);
  EXPECT_EQ(distinct({{0xc0000200, 24}}, narrow, {53, 53}, 0.5), 16u);
  EXPECT_EQ(distinct({{0xc0000200, 29}}, narrow, {53, 53}, 0.5), 8u);
}

TEST(ListedTuples, SpreadOverAWideIpv6PrefixAndStayInANarrowOne) {
  Endpoints endpoints;
  endpoints.clients6 = {{0x20010db8ffffffff, ~0ull, 32}, {0xfd00000000000000, 0, 8}};
  endpoints.servers6 = {{0x20010db900000000, 0x1200, 120}};
  const ListedTuples tuples(4, endpoints);
  std::unordered_set<std::uint64_t> networks, interfaces;
  std::unordered_set<std::uint64_t> servers;
  for (std::uint32_t flow = 0; flow < 10'000; ++flow) {
    const FiveTuple6 key = tuples.tuple6(flow, false);
    const std::uint64_t network = half(key.source, 0);
    ASSERT_TRUE(network >> 32 == 0x20010db8 || network >> 56 == 0xfd) << std::hex << network;
    networks.insert(network);
    interfaces.insert(half(key.source, 1) >> 32);
    ASSERT_EQ(half(key.destination, 0), 0x20010db900000000u);
    ASSERT_EQ(half(key.destination, 1) >> 8, 0x12u);
    servers.insert(half(key.destination, 1));
  }
  EXPECT_GT(networks.size(), 9990u);
  EXPECT_GT(interfaces.size(), 9990u);
  EXPECT_EQ(servers.size(), 256u);
}

}  // namespace
}  // namespace nicbench
