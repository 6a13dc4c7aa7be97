#include "common/huge_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <new>

namespace nicbench {
namespace {

TEST(PageArray, IsZeroedAlignedAndWritable) {
  for (const bool huge : {false, true}) {
    for (const std::size_t bytes :
         {std::size_t{1}, std::size_t{63}, std::size_t{4097}, kHugePageBytes, 2 * kHugePageBytes + 1}) {
      PageArray<std::uint8_t> array(bytes, huge);
      ASSERT_EQ(reinterpret_cast<std::uintptr_t>(array.data()) % kCacheLine, 0u);
      ASSERT_GE(array.bytes(), bytes);
      ASSERT_TRUE(std::all_of(array.begin(), array.end(), [](std::uint8_t byte) { return byte == 0; }));
      std::fill(array.begin(), array.end(), std::uint8_t{0xff});
      if (!huge) {
        EXPECT_EQ(array.kind(), PageKind::kSmall);
      }
    }
  }
}

TEST(PageArray, EmptyHoldsNothing) {
  const PageArray<std::uint64_t> array(0, true);
  EXPECT_EQ(array.bytes(), 0u);
  EXPECT_EQ(array.begin(), array.end());
}

TEST(PageArray, MovesItsMemory) {
  PageArray<std::uint32_t> from(1000, false);
  from[999] = 7;
  PageArray<std::uint32_t> to = std::move(from);
  EXPECT_EQ(to[999], 7u);
  to = PageArray<std::uint32_t>(10, false);
  EXPECT_EQ(to.size(), 10u);
}

TEST(PageArray, ThrowsWhereTheHostHasNotThatMuch) {
  EXPECT_THROW(PageArray<std::uint64_t>(~std::size_t{0}, true), std::bad_alloc);
  EXPECT_THROW(PageArray<std::uint64_t>(std::size_t{1} << 42, false), std::bad_alloc);
}

}  // namespace
}  // namespace nicbench
