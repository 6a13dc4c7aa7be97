// Servers, ports and rewriting: what translations are made of.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "common/random.h"
#include "dataplane/load_balancer.h"
#include "dataplane/nat.h"
#include "dataplane/port_pool.h"
#include "dataplane/rewrite.h"
#include "dataplane/tests/model_packet.h"

namespace nicbench {
namespace {

using testing::Kind;
using testing::Packet;

TEST(Backends, ChooseTheFirstOfTheLeastLoaded) {
  for (const std::uint32_t count : {1u, 2u, 5u, 16u, 100u}) {
    Backends backends(Balancing::kLeastLoaded, count);
    std::vector<std::uint32_t> model(count);
    Xoshiro256 random(count);
    for (int step = 0; step < 5000; ++step) {
      const auto some = static_cast<std::uint16_t>(random.below(count));
      if (random.below(3) == 0 && model[some] > 0) {
        --model[some];
        backends.release(some);
        continue;
      }
      const auto least = std::min_element(model.begin(), model.end()) - model.begin();
      ASSERT_EQ(backends.choose(random()), least);
      ++model[static_cast<std::size_t>(least)];
    }
  }
}

TEST(Backends, TakeTurns) {
  Backends backends(Balancing::kRoundRobin, 3);
  for (const std::uint16_t expected : {0, 1, 2, 0, 1, 2, 0}) EXPECT_EQ(backends.choose(9), expected);
}

TEST(Backends, SpreadByHashAndCountTheirFlows) {
  Backends backends(Balancing::kHash, 16);
  Xoshiro256 random(3);
  for (int i = 0; i < 16000; ++i) backends.choose(random());
  for (std::uint16_t n = 0; n < 16; ++n) EXPECT_NEAR(backends.live_flows(n), 1000, 200) << n;
}

TEST(PortPool, GivesEveryPortOnceAndTheLongestUnusedFirst) {
  PortPool pool(1024, 2023, 5);
  std::vector<std::uint16_t> taken;
  while (const auto port = pool.take()) taken.push_back(to_be16(*port));
  EXPECT_EQ(taken.size(), 1000u);
  EXPECT_EQ(std::set<std::uint16_t>(taken.begin(), taken.end()).size(), 1000u);
  EXPECT_EQ(*std::min_element(taken.begin(), taken.end()), 1024);
  EXPECT_EQ(*std::max_element(taken.begin(), taken.end()), 2023);
  EXPECT_FALSE(std::is_sorted(taken.begin(), taken.end())) << "ports can be guessed";
  pool.give_back(to_be16(1500));
  pool.give_back(to_be16(1100));
  EXPECT_EQ(to_be16(*pool.take()), 1500);
  EXPECT_EQ(to_be16(*pool.take()), 1100);
  EXPECT_FALSE(pool.take());
}

TEST(PortPool, WorksAtTheLastPort) {
  PortPool pool(65535, 65535, 1);
  EXPECT_EQ(to_be16(*pool.take()), 65535);
  EXPECT_FALSE(pool.take());
}

TEST(Nat, GivesAHostOneAddressAndProtocolsPoolsOfTheirOwn) {
  Nat nat({.first = 2, .addresses = 3, .first_port = 5000, .last_port = 5001}, 1);
  const std::uint16_t address = nat.address_of(to_be32(0x0a000001));
  EXPECT_GE(address, 2);
  EXPECT_LT(address, 5);
  EXPECT_EQ(nat.address_of(to_be32(0x0a000001)), address);
  EXPECT_TRUE(nat.is_external(external_address(address)));
  EXPECT_FALSE(nat.is_external(external_address(1)));
  EXPECT_FALSE(nat.is_external(external_address(5)));
  EXPECT_TRUE(nat.take_port(address, kProtocolTcp) && nat.take_port(address, kProtocolTcp));
  EXPECT_FALSE(nat.take_port(address, kProtocolTcp));
  EXPECT_TRUE(nat.take_port(address, kProtocolUdp));
}

TEST(Rewrite, KeepsAllChecksumsRight) {
  Xoshiro256 random(11);
  const std::array<std::uint32_t, 6> special{0, 0xffffffffu, 0xffff0000u, 0xffffu, 0x0a000001u, 0xac100003u};
  for (int round = 0; round < 40'000; ++round) {
    Packet p;
    p.tuple.six = round % 3 == 0;
    const Kind kinds[] = {Kind::kTcp, Kind::kUdp, Kind::kEchoRequest};
    p.kind = kinds[random.below(3)];
    p.tuple.protocol = p.kind == Kind::kTcp ? 6 : p.kind == Kind::kUdp ? 17 : p.tuple.six ? 58 : 1;
    p.flags = "A";
    p.payload = random.below(50);
    const auto address = [&] {
      const auto a = static_cast<std::uint32_t>(random.below(2) == 0 ? special[random.below(6)] : random());
      return p.tuple.six ? testing::ipv6(random(), a) : testing::ipv4(a);
    };
    p.tuple.source = address();
    p.tuple.destination = address();
    p.tuple.source_port = p.tuple.destination_port = static_cast<std::uint16_t>(random());
    testing::Bytes bytes = to_frame(p);
    ParsedFrame parsed;
    parse_frame(bytes.data(), bytes.size(), parsed);
    const End which = random.below(2) == 0 ? End::kSource : End::kDestination;
    const testing::Address to = address();
    if (p.tuple.six) {
      rewrite_address(bytes.data(), parsed, bytes.size(), which, to);
    } else {
      rewrite_address(bytes.data(), parsed, bytes.size(), which, load<std::uint32_t>(to.data()));
    }
    const auto port = static_cast<std::uint16_t>(random.below(4) == 0 ? 0 : random());
    rewrite_port(bytes.data(), parsed, bytes.size(), which, to_be16(port));
    const auto back = testing::read_back(bytes);
    ASSERT_EQ(back.wrong, "") << round;
    ASSERT_EQ(which == End::kSource ? back.tuple.source : back.tuple.destination, to);
    ASSERT_EQ(which == End::kSource ? back.tuple.source_port : back.tuple.destination_port, port);
  }
}

// A sum that comes out as 0 is sent as 0xffff: 0 would say that there is none (RFC 768).
TEST(Rewrite, NeverMakesAUdpChecksumLookAbsent) {
  Packet p;
  p.tuple.protocol = 17;
  p.tuple.source = testing::ipv4(0x0a000001);
  testing::Bytes bytes = to_frame(p);
  ParsedFrame parsed;
  parse_frame(bytes.data(), bytes.size(), parsed);
  std::size_t all_ones = 0;
  for (std::uint32_t port = 0; port < 65536; ++port) {
    rewrite_port(bytes.data(), parsed, bytes.size(), End::kSource, static_cast<std::uint16_t>(port));
    const auto sum = load<std::uint16_t>(bytes.data() + parsed.transport + kUdpChecksum);
    ASSERT_NE(sum, 0) << port;
    all_ones += sum == 0xffff;
  }
  EXPECT_GE(all_ones, 1u) << "the case did not occur";
  EXPECT_EQ(testing::read_back(bytes).wrong, "");
}

TEST(Rewrite, LeavesAnAbsentUdpChecksumAbsent) {
  Packet p;
  p.tuple.protocol = 17;
  p.no_checksum = true;
  testing::Bytes bytes = to_frame(p);
  ParsedFrame parsed;
  parse_frame(bytes.data(), bytes.size(), parsed);
  rewrite_address(bytes.data(), parsed, bytes.size(), End::kSource, 0x01020304u);
  EXPECT_EQ(load<std::uint16_t>(bytes.data() + parsed.transport + kUdpChecksum), 0);
}

}  // namespace
}  // namespace nicbench
