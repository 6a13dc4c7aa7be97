#include "trafficgen/flow_tuples.h"

#include <gtest/gtest.h>

#include <map>
#include <unordered_set>

#include "common/user_error.h"
#include "packet/hash.h"
#include "trafficgen/flow_model.h"

namespace nicbench {
namespace {

std::uint32_t address(std::uint32_t in_network_order) { return to_be32(in_network_order); }
std::uint16_t port(std::uint16_t in_network_order) { return to_be16(in_network_order); }

TEST(FlowTuples, TellTheFlowFromItsClient) {
  const FlowTuples tuples(3);
  for (std::uint64_t flow = 0; flow < 1u << 20; flow += 7) {
    const auto number = static_cast<std::uint32_t>(flow * 4099);
    const FiveTuple4 key = tuples.tuple(number, (flow & 1) != 0);
    ASSERT_EQ(tuples.flow_of(key.source, key.source_port), number);
  }
}

TEST(FlowTuples, StayInTheirPrefixesAndPorts) {
  const Endpoints endpoints{{{0xac100a00, 24}}, {{0x0a140000, 15}}, {5000, 5999}, PortRange{7000, 7002}};
  const FlowTuples tuples(9, endpoints);
  std::map<std::uint16_t, int> server_ports;
  std::unordered_set<std::uint32_t> clients, client_ports, servers;
  for (std::uint32_t flow = 0; flow < 100'000; ++flow) {
    const FiveTuple4 key = tuples.tuple(flow, flow % 2 == 0);
    ASSERT_EQ(address(key.source) >> 8, 0xac100au);
    ASSERT_EQ(address(key.destination) >> 17, 0x0a140000u >> 17);
    ASSERT_GE(port(key.source_port), 5000);
    ASSERT_LE(port(key.source_port), 5999);
    clients.insert(key.source);
    client_ports.insert(key.source_port);
    servers.insert(key.destination);
    ++server_ports[port(key.destination_port)];
  }
  EXPECT_EQ(clients.size(), 256u);
  EXPECT_EQ(client_ports.size(), 1000u);
  EXPECT_GT(servers.size(), 60'000u);
  ASSERT_EQ(server_ports.size(), 3u);
  for (const auto& [number, flows] : server_ports) EXPECT_NEAR(flows, 33'333, 1000) << number;
}

// Also where there are hardly more tuples than flows, and of numbers far from 0, which flows have that came later.
TEST(FlowTuples, DifferAsLongAsThereAreClientsAndPortsForThem) {
  for (const Endpoints& endpoints :
       {Endpoints{{{0x0a000000, 32}}, {{0xc0a80001, 32}}, {1024, 65535}, PortRange{80, 80}},
        Endpoints{{{0x0a000000, 24}}, {{0xc0a80001, 32}}, {5000, 5004}, PortRange{80, 80}},
        Endpoints{{{0x0a000000, 16}}, {{0xc0a80001, 32}}, {53, 53}, PortRange{53, 53}},
        Endpoints{{{0x0a000000, 31}}, {{0xc0a80001, 32}}, {53, 53}, PortRange{53, 53}}, Endpoints{}}) {
    const auto flows = static_cast<std::uint32_t>(std::min<std::uint64_t>(FlowTuples::distinct(endpoints), 1 << 18));
    const FlowTuples tuples(5, endpoints);
    for (const std::uint32_t start : {0u, 12'345u, 0xfffffff0u}) {
      std::unordered_set<FiveTuple4, TupleHash> seen;
      for (std::uint32_t i = 0; i < flows; ++i) {
        const FiveTuple4 key = tuples.tuple(start + i, false);
        ASSERT_TRUE(seen.insert(key).second) << "flow " << start + i << " of " << flows;
        if (start + i < flows) ASSERT_EQ(tuples.flow_of(key.source, key.source_port), start + i);
      }
    }
  }
}

TEST(FlowTuples, AreAsManyAsAddressesAndPortsAllow) {
  const PortRange all{0, 65535}, one{80, 80};
  EXPECT_EQ(FlowTuples::distinct({}), std::uint64_t{1} << 32);
  EXPECT_EQ(FlowTuples::distinct({{{0, 24}}, {{0, 32}}, {1024, 65535}, one}), 256u * 32768);
  EXPECT_EQ(FlowTuples::distinct({{{0, 0}}, {{0, 32}}, all, one}), std::uint64_t{1} << 32);
  EXPECT_EQ(FlowTuples::distinct({{{0, 32}}, {{0, 32}}, one, one}), 1u);
}

TEST(FlowModel, RefusesMoreFlowsThanItsEndpointsTellApart) {
  TrafficConfig config;
  config.flows = 257;
  config.endpoints = {{{0x0a000000, 24}}, {{0xc0a80000, 16}}, {53, 53}, std::nullopt};
  EXPECT_THROW(FlowModel{config}, UserError);
  config.flows = 256;
  EXPECT_NO_THROW(FlowModel{config});
  config.endpoints.client_ports = {54, 53};
  EXPECT_THROW(FlowModel{config}, UserError);
}

}  // namespace
}  // namespace nicbench
