#include "packet/toeplitz.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include "common/random.h"
#include "packet/flow_set.h"
#include "packet/headers.h"

namespace nicbench {
namespace {

FiveTuple4 tuple4(const char* source, std::uint16_t source_port, const char* destination, std::uint16_t port) {
  FiveTuple4 key;
  inet_pton(AF_INET, source, &key.source);
  inet_pton(AF_INET, destination, &key.destination);
  key.source_port = to_be16(source_port);
  key.destination_port = to_be16(port);
  key.protocol = kProtocolTcp;
  return key;
}

FiveTuple6 tuple6(const char* source, std::uint16_t source_port, const char* destination, std::uint16_t port) {
  FiveTuple6 key;
  inet_pton(AF_INET6, source, key.source.data());
  inet_pton(AF_INET6, destination, key.destination.data());
  key.source_port = to_be16(source_port);
  key.destination_port = to_be16(port);
  key.protocol = kProtocolTcp;
  return key;
}

// Microsoft, "Verifying the RSS hash calculation": hashes with ports.
TEST(Toeplitz, AgreesWithThePublishedVerificationSuite) {
  const Toeplitz hash(kDefaultRssKey);
  EXPECT_EQ(hash(tuple4("66.9.149.187", 2794, "161.142.100.80", 1766)), 0x51ccc178u);
  EXPECT_EQ(hash(tuple4("199.92.111.2", 14230, "65.69.140.83", 4739)), 0xc626b0eau);
  EXPECT_EQ(hash(tuple4("24.19.198.95", 12898, "12.22.207.184", 38024)), 0x5c2b394au);
  EXPECT_EQ(hash(tuple6("3ffe:2501:200:1fff::7", 2794, "3ffe:2501:200:3::1", 1766)), 0x40207d3du);
}

TEST(Toeplitz, HashesBothDirectionsAlikeUnderTheSymmetricKeyOnly) {
  const Toeplitz symmetric(symmetric_rss_key()), plain(kDefaultRssKey);
  Xoshiro256 random(8);
  int differ = 0;
  for (int round = 0; round < 1000; ++round) {
    FiveTuple4 key;
    key.source = static_cast<std::uint32_t>(random());
    key.destination = static_cast<std::uint32_t>(random());
    key.source_port = static_cast<std::uint16_t>(random());
    key.destination_port = static_cast<std::uint16_t>(random());
    EXPECT_EQ(symmetric(key), symmetric(reversed(key)));
    differ += plain(key) != plain(reversed(key));
  }
  EXPECT_GT(differ, 990);
}

TEST(IndirectionTable, SpreadsHashesOverAllQueuesEvenly) {
  IndirectionTable reta(128, 3);
  std::array<int, 3> counts{};
  for (std::uint32_t hash = 0; hash < 1280; ++hash) ++counts[reta.queue(hash)];
  for (const int count : counts) EXPECT_NEAR(count, 1280 / 3, 10);
  reta.entries()[5] = 2;
  EXPECT_EQ(reta.queue(128 + 5), 2);
}

}  // namespace
}  // namespace nicbench
