#include "packet/checksum.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "common/random.h"

namespace nicbench {
namespace {

// The example of RFC 1071 §3: the words 0001 f203 f4f5 f6f7 sum to ddf2.
TEST(Checksum, AgreesWithTheExampleOfRfc1071) {
  const std::array<std::uint8_t, 8> data{0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};
  EXPECT_EQ(fold16(sum_bytes(data.data(), data.size())), to_be16(0xddf2));
}

// An IPv4 header from RFC 1071-era textbooks: its checksum field is b861.
TEST(Checksum, OfAHeaderWithItsChecksumInPlaceIsZero) {
  const std::array<std::uint8_t, 20> header{0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
                                            0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7};
  EXPECT_EQ(checksum(header.data(), header.size()), 0);
}

TEST(Checksum, PadsAnOddLastByteWithZero) {
  const std::array<std::uint8_t, 4> even{0x12, 0x34, 0x56, 0x00};
  EXPECT_EQ(checksum(even.data(), 3), checksum(even.data(), 4));
}

// RFC 1624 §3: the incremental result must be the one that a full sum gives, for any change.
TEST(Checksum, UpdatedIncrementallyEqualsTheFullSum) {
  Xoshiro256 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::uint8_t> data(2 * (5 + random.below(30)));
    for (auto& byte : data) byte = static_cast<std::uint8_t>(random());
    if (round % 5 == 0) data[0] = data[1] = 0xff;
    data.back() = 0x45;  // a header is never all zero, where one's complement has two zeros (RFC 1624 §3)
    const std::uint16_t before = checksum(data.data(), data.size());
    const std::size_t at = 2 * random.below(data.size() / 2 - 4);
    const std::uint64_t old_sum = sum_bytes(data.data() + at, 8);
    for (std::size_t i = at; i < at + 8; ++i) data[i] = static_cast<std::uint8_t>(round % 7 == 0 ? 0 : random());
    const std::uint16_t updated = update_checksum(before, old_sum, sum_bytes(data.data() + at, 8));
    EXPECT_EQ(updated, checksum(data.data(), data.size())) << "round " << round;
  }
}

// The case that broke RFC 1141's formula (RFC 1624 §4): dd2f, with 5555 replaced by 3285, gives 0000.
TEST(Checksum, SurvivesTheCornerCaseOfRfc1624) {
  EXPECT_EQ(update_checksum(to_be16(0xdd2f), to_be16(0x5555), to_be16(0x3285)), 0x0000);
}

}  // namespace
}  // namespace nicbench
