#include "dataplane/connection_tracker.h"

#include <gtest/gtest.h>

#include <map>
#include <vector>

#include "common/random.h"
#include "hashtables/registry.h"
#include "packet/tests/frame_builder.h"

namespace nicbench {
namespace {

using testing::FrameBuilder;

template <class Tag>
using TrackerOf = ConnectionTracker<typename Tag::template Table<FiveTuple4, std::uint32_t>,
                                    typename Tag::template Table<FiveTuple6, std::uint32_t>>;

// Runs a test body on the tracker of every table.
template <class F>
void for_every_table(std::size_t capacity, F&& body) {
  for (const TableInfo& info : table_infos()) {
    SCOPED_TRACE(std::string(info.name));
    with_table(info.name, [&](auto tag) {
      TrackerOf<decltype(tag)> tracker({capacity, 1, false}, {capacity, 1, false}, 16);
      body(tracker);
    });
  }
}

Frame frame_of(std::vector<std::uint8_t>& bytes) {
  Frame frame;
  frame.data = bytes.data();
  frame.length = static_cast<std::uint16_t>(bytes.size());
  return frame;
}

std::vector<std::uint8_t> udp_frame(std::uint16_t source_port, std::uint16_t destination_port, std::size_t payload) {
  const auto length = static_cast<std::uint16_t>(8 + payload);
  return FrameBuilder()
      .ethernet(kTypeIpv4)
      .ipv4(kProtocolUdp, length)
      .udp(source_port, destination_port)
      .zeros(payload)
      .build();
}

// One packet at a time, with std::map: what the tracker must agree with.
struct Oracle {
  struct Flow {
    std::uint32_t destination = 0;
    std::uint64_t packets = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::pair<std::uint16_t, std::uint16_t>, Flow> flows;
};

TEST(ConnectionTracker, AgreesWithTheOracleOnEveryTable) {
  for_every_table(4096, [](auto& tracker) {
    Oracle oracle;
    Xoshiro256 random(21);
    for (int round = 0; round < 1000; ++round) {
      std::vector<std::vector<std::uint8_t>> bytes;
      std::vector<std::pair<std::uint16_t, std::uint16_t>> ports;
      std::vector<Frame> burst;
      const std::size_t count = 1 + random.below(kBurst);
      for (std::size_t i = 0; i < count; ++i) {
        ports.emplace_back(random.below(50), random.below(20));  // the same flow often twice in a burst
        bytes.push_back(udp_frame(ports[i].first, ports[i].second, random.below(100)));
      }
      for (auto& frame : bytes) burst.push_back(frame_of(frame));
      ASSERT_EQ(tracker.process(burst, static_cast<std::uint64_t>(round)), count);
      for (std::size_t i = 0; i < count; ++i) {
        auto& flow = oracle.flows[ports[i]];
        const auto destination = load<std::uint32_t>(burst[i].data + 14 + kIpv4Destination);
        if (flow.packets == 0) flow.destination = destination;
        ASSERT_EQ(destination, flow.destination) << "a flow was split over two backends";
        flow.packets += 1;
        flow.bytes += burst[i].length;
      }
    }
    ASSERT_EQ(tracker.flows(), oracle.flows.size());
    std::size_t seen = 0;
    tracker.ipv4().for_each([&](const FiveTuple4& key, const FlowState& state) {
      const auto& flow = oracle.flows.at({to_be16(key.source_port), to_be16(key.destination_port)});
      EXPECT_EQ(state.packets, flow.packets);
      EXPECT_EQ(state.bytes, flow.bytes);
      EXPECT_EQ(backend_address4(state.backend), flow.destination);
      ++seen;
    });
    EXPECT_EQ(seen, oracle.flows.size());
  });
}

TEST(ConnectionTracker, SpreadsFlowsOverAllBackends) {
  for_every_table(8192, [](auto& tracker) {
    std::map<std::uint16_t, int> backends;
    for (std::uint16_t port = 0; port < 4096; ++port) {
      auto bytes = udp_frame(port, 80, 0);
      Frame frame = frame_of(bytes);
      tracker.process({&frame, 1}, 0);
    }
    tracker.ipv4().for_each([&](const FiveTuple4&, const FlowState& state) { ++backends[state.backend]; });
    ASSERT_EQ(backends.size(), 16u);
    for (const auto& [backend, flows] : backends) EXPECT_NEAR(flows, 256, 100) << backend;
  });
}

TEST(ConnectionTracker, RefusesNewFlowsWhenFullAndKeepsTheKnownOnes) {
  for_every_table(64, [](auto& tracker) {
    std::size_t refused = 0;
    for (std::uint16_t port = 0; port < 1000; ++port) {
      auto bytes = udp_frame(port, 80, 0);
      Frame frame = frame_of(bytes);
      refused += tracker.process({&frame, 1}, 0) == 0;
    }
    EXPECT_EQ(tracker.flows() + refused, 1000u);
    EXPECT_LE(tracker.flows(), 64u);
    auto bytes = udp_frame(0, 80, 0);
    Frame known = frame_of(bytes);
    EXPECT_EQ(tracker.process({&known, 1}, 0), 1u);
  });
}

TEST(ConnectionTracker, MovesRefusedFramesBehindTheOthersInOrder) {
  for_every_table(64, [](auto& tracker) {
    for (std::uint16_t port = 0; tracker.flows() < 64 && port < 60000; ++port) {
      auto bytes = udp_frame(port, 80, 0);
      Frame frame = frame_of(bytes);
      tracker.process({&frame, 1}, 0);
    }
    auto known1 = udp_frame(0, 80, 1), unknown = udp_frame(61000, 80, 2), known2 = udp_frame(1, 80, 3);
    std::array<Frame, 3> burst{frame_of(known1), frame_of(unknown), frame_of(known2)};
    ASSERT_EQ(tracker.process(burst, 0), 2u);
    EXPECT_EQ(burst[0].length, known1.size());
    EXPECT_EQ(burst[1].length, known2.size());
    EXPECT_EQ(burst[2].length, unknown.size());
  });
}

TEST(ConnectionTracker, ForwardsFramesWithoutAFlowUntouchedButForTheirMacs) {
  for_every_table(64, [](auto& tracker) {
    auto arp = FrameBuilder().bytes({1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}).be16(0x0806).zeros(46).build();
    Frame frame = frame_of(arp);
    EXPECT_EQ(tracker.process({&frame, 1}, 0), 1u);
    EXPECT_EQ(tracker.flows(), 0u);
    EXPECT_EQ(tracker.untracked_frames(), 1u);
    EXPECT_EQ(arp[0], 2);
    EXPECT_EQ(arp[6], 1);
  });
}

TEST(LoadBalancer, KeepsTransportChecksumsRightForBothFamilies) {
  Xoshiro256 random(4);
  for (int round = 0; round < 500; ++round) {
    const bool ipv6 = round % 2 == 0, tcp = round % 3 == 0;
    const auto payload = static_cast<std::uint16_t>((tcp ? 20 : 8) + 32);
    const std::uint8_t protocol = tcp ? kProtocolTcp : kProtocolUdp;
    FrameBuilder builder;
    builder.ethernet(ipv6 ? kTypeIpv6 : kTypeIpv4);
    ipv6 ? builder.ipv6(protocol, payload) : builder.ipv4(protocol, payload);
    tcp ? builder.tcp(static_cast<std::uint16_t>(random()), 80) : builder.udp(static_cast<std::uint16_t>(random()), 80);
    auto bytes = builder.zeros(32).build();
    ParsedFrame parsed;
    parse_frame(bytes.data(), bytes.size(), parsed);
    const std::size_t addresses = parsed.network + (ipv6 ? kIpv6Source : kIpv4Source);
    const std::size_t address_bytes = ipv6 ? 32 : 8;
    const auto transport_sum = [&] {
      return fold16(pseudo_header_sum(bytes.data() + addresses, address_bytes, protocol, payload) +
                    sum_bytes(bytes.data() + parsed.transport, payload));
    };
    std::uint8_t* at = bytes.data() + parsed.transport + (tcp ? kTcpChecksum : kUdpChecksum);
    store(at, static_cast<std::uint16_t>(~transport_sum()));
    send_to_backend(bytes.data(), parsed, static_cast<std::uint16_t>(random()));
    EXPECT_EQ(transport_sum(), 0xffff) << "round " << round;
  }
}

TEST(LoadBalancer, LeavesAnAbsentUdpChecksumAbsent) {
  auto bytes = udp_frame(1, 2, 10);
  ParsedFrame parsed;
  parse_frame(bytes.data(), bytes.size(), parsed);
  send_to_backend(bytes.data(), parsed, 7);
  EXPECT_EQ(load<std::uint16_t>(bytes.data() + parsed.transport + kUdpChecksum), 0);
}

}  // namespace
}  // namespace nicbench
