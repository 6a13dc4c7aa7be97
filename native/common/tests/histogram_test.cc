#include "common/histogram.h"

#include <gtest/gtest.h>

#include "common/random.h"

namespace nicbench {
namespace {

TEST(Histogram, IsEmptyAtFirst) {
  const Histogram histogram;
  EXPECT_EQ(histogram.total(), 0u);
  EXPECT_EQ(histogram.min(), 0u);
  EXPECT_TRUE(histogram.buckets().empty());
}

TEST(Histogram, KeepsEveryValueToWithinOneIn128) {
  Xoshiro256 random(7);
  for (int i = 0; i < 20'000; ++i) {
    const std::uint64_t value = random() >> (24 + random.below(40));
    Histogram histogram;
    histogram.record(value);
    const auto buckets = histogram.buckets();
    ASSERT_EQ(buckets.size(), 1u);
    EXPECT_LE(buckets[0].first, value);
    EXPECT_LE(value - buckets[0].first, value / 128) << value;
  }
}

TEST(Histogram, CountsAbsurdValuesInItsLastBucketAndKeepsTheirMaximum) {
  Histogram histogram;
  histogram.record(UINT64_MAX);
  EXPECT_EQ(histogram.max(), UINT64_MAX);
  EXPECT_EQ(histogram.buckets().at(0).second, 1u);
}

TEST(Histogram, AddsAnotherAsIfAllHadBeenRecordedInOne) {
  Histogram one, other, all;
  for (const std::uint64_t value : {7u, 1000u, 100'000u}) {
    one.record(value);
    all.record(value);
  }
  for (const std::uint64_t value : {3u, 1000u}) {
    other.record(value);
    all.record(value);
  }
  one.add(other);
  one.add(Histogram());
  EXPECT_EQ(one.buckets(), all.buckets());
  EXPECT_EQ(one.total(), 5u);
  EXPECT_EQ(one.min(), 3u);
  EXPECT_EQ(one.max(), 100'000u);
}

TEST(Histogram, ListsBucketsInAscendingOrderWithAllCounts) {
  Histogram histogram;
  Xoshiro256 random(9);
  for (int i = 0; i < 10'000; ++i) histogram.record(random.below(1 << 20));
  std::uint64_t sum = 0, before = 0;
  for (const auto& [value, count] : histogram.buckets()) {
    EXPECT_TRUE(sum == 0 || value > before);
    before = value;
    sum += count;
  }
  EXPECT_EQ(sum, 10'000u);
}

}  // namespace
}  // namespace nicbench
