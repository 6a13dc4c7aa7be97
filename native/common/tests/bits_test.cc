#include "common/bits.h"

#include <gtest/gtest.h>

#include "common/random.h"

namespace nicbench {
namespace {

TEST(Bits, OfValuesThatAreNotZero) {
  alignas(16) std::uint16_t values[64];
  std::uint64_t random = 3;
  for (std::size_t count = 0; count <= 64; ++count) {
    for (int round = 0; round < 100; ++round) {
      std::uint64_t expected = 0;
      for (std::size_t i = 0; i < 64; ++i) {
        const std::uint64_t any = splitmix64(random);
        // Any bit alone must count, the highest and the lowest, too.
        values[i] = static_cast<std::uint16_t>((any & 1) != 0 ? 0 : 1u << (any >> 1 & 15));
        expected |= std::uint64_t{i < count && values[i] != 0} << i;
      }
      ASSERT_EQ(nonzero(values, count), expected) << count;
    }
  }
}

TEST(Bits, AreVisitedLowestFirst) {
  std::uint64_t seen = 0;
  std::size_t last = 0;
  for_each_bit(0x8000000000000141, [&](std::size_t bit) {
    EXPECT_GE(bit, last);
    last = bit;
    seen |= std::uint64_t{1} << bit;
  });
  EXPECT_EQ(seen, 0x8000000000000141u);
  EXPECT_EQ(lowest_bit(0x50), 4u);
}

}  // namespace
}  // namespace nicbench
