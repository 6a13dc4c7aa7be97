#include "packet/hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "common/random.h"
#include "hashtables/tests/keys.h"

namespace nicbench {
namespace {

template <class Key>
class HashQuality : public ::testing::Test {};
using Keys = ::testing::Types<FiveTuple4, FiveTuple6>;
TYPED_TEST_SUITE(HashQuality, Keys);

// Chi-square of keys over buckets, as standard deviations from what a random function gives.
template <class Key, class MakeKey, class Pick>
double spread_deviation(std::size_t keys, std::size_t buckets, MakeKey make_key, Pick pick) {
  std::vector<std::uint32_t> counts(buckets);
  for (std::uint64_t i = 0; i < keys; ++i) ++counts[pick(TupleHash(5)(make_key(i)))];
  const double mean = static_cast<double>(keys) / static_cast<double>(buckets);
  double chi_square = 0;
  for (const std::uint32_t count : counts) chi_square += (count - mean) * (count - mean) / mean;
  const double freedom = static_cast<double>(buckets - 1);
  return (chi_square - freedom) / std::sqrt(2 * freedom);
}

// Clients of many /24 subnets talking to one service: 64 hosts each, ports in steps of 2 as Linux gives them.
template <class Key>
Key subnet_key(std::uint64_t i) {
  Key key;
  auto* source = reinterpret_cast<std::uint8_t*>(&key.source) + sizeof key.source - 4;
  auto* destination = reinterpret_cast<std::uint8_t*>(&key.destination) + sizeof key.destination - 4;
  source[0] = 192;
  source[1] = 168;
  source[2] = static_cast<std::uint8_t>(i >> 6);
  source[3] = static_cast<std::uint8_t>(i & 63);
  destination[0] = 10;
  destination[3] = 1;
  key.source_port = static_cast<std::uint16_t>((i >> 14) * 2 + 32768);
  key.destination_port = 0xbb01;
  key.protocol = 17;
  return key;
}

TYPED_TEST(HashQuality, EveryInputBitFlipsEveryOutputBitHalfTheTime) {
  constexpr int kTrials = 4000;
  const TupleHash hash(42);
  constexpr std::size_t kInputBits = (sizeof(TypeParam) - 3) * 8;
  for (std::size_t bit = 0; bit < kInputBits; ++bit) {
    int flips[64] = {};
    for (int trial = 0; trial < kTrials; ++trial) {
      // Sequential keys: the kind whose differences are the hardest to spread.
      auto key = testing::sequential_key<TypeParam>(static_cast<std::uint64_t>(trial));
      const std::uint64_t before = hash(key);
      reinterpret_cast<std::uint8_t*>(&key)[bit / 8] ^= static_cast<std::uint8_t>(1u << bit % 8);
      for (std::uint64_t changed = before ^ hash(key); changed != 0; changed &= changed - 1) {
        ++flips[__builtin_ctzll(changed)];
      }
    }
    for (int out = 0; out < 64; ++out) {
      // 6 standard deviations of a fair coin.
      ASSERT_NEAR(flips[out], kTrials / 2, 6 * std::sqrt(kTrials) / 2) << "input bit " << bit << ", output bit " << out;
    }
  }
}

TYPED_TEST(HashQuality, StructuredTuplesSpreadOverBucketsAndTags) {
  constexpr std::size_t kKeys = 1 << 18;
  const auto bucket = [](std::uint64_t hash) { return reduce(hash, 10007); };
  const auto low_bits = [](std::uint64_t hash) { return hash & 0xffff; };
  const auto middle_bits = [](std::uint64_t hash) { return hash >> 24 & 0xffff; };
  const auto check = [&](auto make_key) {
    EXPECT_LT(std::abs(spread_deviation<TypeParam>(kKeys, 10007, make_key, bucket)), 6);
    EXPECT_LT(std::abs(spread_deviation<TypeParam>(kKeys, 65536, make_key, low_bits)), 6);
    EXPECT_LT(std::abs(spread_deviation<TypeParam>(kKeys, 65536, make_key, middle_bits)), 6);
  };
  check(testing::sequential_key<TypeParam>);
  check(subnet_key<TypeParam>);
  check(testing::scattered_key<TypeParam>);
}

TYPED_TEST(HashQuality, AMillionStructuredTuplesDoNotCollide) {
  std::vector<std::uint64_t> hashes;
  for (std::uint64_t i = 0; i < 1'000'000; ++i) hashes.push_back(TupleHash(1)(subnet_key<TypeParam>(i)));
  std::sort(hashes.begin(), hashes.end());
  // 10^12 / 2 pairs in 2^64: one collision has a probability of 3e-8.
  EXPECT_EQ(std::adjacent_find(hashes.begin(), hashes.end()), hashes.end());
}

TYPED_TEST(HashQuality, KeysThatShareABucketUnderOneSeedPartUnderAnother) {
  constexpr std::size_t kBuckets = 4096;
  std::vector<TypeParam> colliding;
  for (std::uint64_t i = 0; colliding.size() < 500; ++i) {
    const auto key = testing::scattered_key<TypeParam>(i);
    if (reduce(TupleHash(1)(key), kBuckets) == 17) colliding.push_back(key);
  }
  std::vector<int> counts(kBuckets);
  for (const auto& key : colliding) ++counts[reduce(TupleHash(2)(key), kBuckets)];
  EXPECT_LE(*std::max_element(counts.begin(), counts.end()), 5);
}

// The weakness that rules CRC32C out: equal under one initial value, equal under all.
std::uint32_t crc32c(std::uint32_t crc, const FiveTuple4& key) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(&key);
  for (std::size_t i = 0; i < sizeof key; ++i) {
    crc ^= bytes[i];
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78u : 0);
  }
  return crc;
}

TEST(TupleHash, UnlikeCrc32cPartsKeysThatCollide) {
  std::unordered_map<std::uint32_t, FiveTuple4> seen;
  int pairs = 0;
  for (std::uint64_t i = 0; pairs < 5; ++i) {
    const auto key = testing::scattered_key<FiveTuple4>(i);
    const auto [other, fresh] = seen.try_emplace(crc32c(1, key), key);
    if (fresh) continue;
    ++pairs;
    EXPECT_EQ(crc32c(99, key), crc32c(99, other->second));
    EXPECT_NE(TupleHash(99)(key) >> 32, TupleHash(99)(other->second) >> 32);
  }
}

TEST(TupleHash, PortableMultiplyGivesTheSameProduct) {
  Xoshiro256 random(7);
  for (int i = 0; i < 100000; ++i) {
    const std::uint64_t a = random() >> random.below(64), b = random() >> random.below(64);
    const Product128 fast = multiply(a, b), portable = multiply_portable(a, b);
    ASSERT_EQ(fast.low, portable.low);
    ASSERT_EQ(fast.high, portable.high);
  }
  const Product128 most = multiply_portable(~std::uint64_t{0}, ~std::uint64_t{0});
  EXPECT_EQ(most.low, 1u);
  EXPECT_EQ(most.high, ~std::uint64_t{1});
}

TEST(Reduce, CoversTheRangeAndNothingElse) {
  EXPECT_EQ(reduce(0, 10), 0u);
  EXPECT_EQ(reduce(~std::uint64_t{0}, 10), 9u);
  EXPECT_EQ(reduce(~std::uint64_t{0}, 1), 0u);
  EXPECT_EQ(reduce(~std::uint64_t{0}, std::uint64_t{1} << 32), (std::uint64_t{1} << 32) - 1);
}

TEST(SplitMix64, GivesItsPublishedSequence) {
  std::uint64_t state = 1234567;
  EXPECT_EQ(splitmix64(state), 6457827717110365317u);
  EXPECT_EQ(splitmix64(state), 3203168211198807973u);
}

TEST(Xoshiro256, GivesItsPublishedSequence) {
  Xoshiro256 random(std::array<std::uint64_t, 4>{1, 2, 3, 4});
  for (const std::uint64_t expected : {11520u, 0u, 1509978240u}) EXPECT_EQ(random(), expected);
  EXPECT_EQ(random(), 1215971899390074240u);
}

// Results, seeds and traffic digests depend on these values: they must not change, on any host or compiler.
TEST(TupleHash, GivesTheGoldenValues) {
  const auto ipv4 = testing::sequential_key<FiveTuple4>;
  const auto ipv6 = testing::sequential_key<FiveTuple6>;
  EXPECT_EQ(TupleHash(0)(FiveTuple4{}), 0x54d4906298263639u);
  EXPECT_EQ(TupleHash(0)(FiveTuple6{}), 0xd4694a37f8e84fd5u);
  EXPECT_EQ(TupleHash(0)(ipv4(0)), 0x042c5106e5bf025eu);
  EXPECT_EQ(TupleHash(0)(ipv4(1)), 0x2ad8a2a26149c30cu);
  EXPECT_EQ(TupleHash(0)(ipv4(2)), 0xcfee2aceeec23803u);
  EXPECT_EQ(TupleHash(1)(ipv4(0)), 0x62f05cc3cbc75945u);
  EXPECT_EQ(TupleHash(0xdeadbeef)(ipv4(2)), 0x03cf4998a8518c42u);
  EXPECT_EQ(TupleHash(0)(ipv6(0)), 0x7e910dcb8298f1ceu);
  EXPECT_EQ(TupleHash(0)(ipv6(1)), 0x6bd0700e0dc464f8u);
  EXPECT_EQ(TupleHash(0)(ipv6(2)), 0x1835481c2953c7e4u);
  EXPECT_EQ(TupleHash(1)(ipv6(0)), 0x08cb8b1cfe4c02fcu);
  EXPECT_EQ(TupleHash(0xdeadbeef)(ipv6(2)), 0x686d1e59c9907759u);
}

}  // namespace
}  // namespace nicbench
