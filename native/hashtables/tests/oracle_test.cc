// Random operation sequences on every table, with std::unordered_map as oracle.
//
//   NICBENCH_ORACLE_STEPS=50000000 NICBENCH_ORACLE_SEED=7 hashtables_test --gtest_filter='*Oracle*'
//
// runs longer than the default. A failure prints its seed and the shortest script that still fails.
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "common/random.h"
#include "hashtables/registry.h"
#include "hashtables/tests/conformance.h"
#include "hashtables/tests/script.h"
#include "hashtables/tests/weak_index.h"

namespace nicbench {
namespace {

std::uint64_t number_from_environment(const char* name, std::uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 10);
}

std::vector<std::uint8_t> random_script(std::uint64_t seed, std::size_t operations) {
  Xoshiro256 random(seed);
  std::vector<std::uint8_t> script(testing::kScriptHeader + operations * testing::kOperationBytes);
  for (std::uint8_t& byte : script) byte = static_cast<std::uint8_t>(random());
  return script;
}

std::string hex(const std::vector<std::uint8_t>& script) {
  std::string text;
  for (const std::uint8_t byte : script) {
    constexpr char kDigits[] = "0123456789abcdef";
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

template <class... Tags>
TableList<Tags..., testing::WeakIndexTag<32>> and_weak_index(TableList<Tags...>);
using OracleCases = ConformanceCases<decltype(and_weak_index(Tables{}))>;

template <class C>
class Oracle : public ::testing::Test {};
TYPED_TEST_SUITE(Oracle, OracleCases::Types, OracleCases::Names);

TYPED_TEST(Oracle, AgreesOnRandomSequences) {
  using Table = typename TypeParam::Table;
  constexpr std::size_t kOperations = 4000;
  const std::uint64_t steps = number_from_environment("NICBENCH_ORACLE_STEPS", 400'000);
  const std::uint64_t first_seed = number_from_environment("NICBENCH_ORACLE_SEED", 1);
  for (std::uint64_t i = 0; i * kOperations < steps; ++i) {
    const std::vector<std::uint8_t> script = random_script(first_seed + i, kOperations);
    const std::string failure = testing::run_script<Table>(script);
    if (failure.empty()) continue;
    const auto shortest = testing::shrink_script(
        script, [](const auto& shorter) { return !testing::run_script<Table>(shorter).empty(); });
    FAIL() << "seed " << first_seed + i << ": " << failure << "\nshortest script " << hex(shortest)
           << "\nwhich fails at " << testing::run_script<Table>(shortest);
  }
}

// The oracle itself: tables with one mistake each must be found out, and the script shrunk to few steps.
template <class Base>
class ForgetsAfterErase : public Base {
 public:
  using Base::Base;
  bool erase(const typename Base::Key& key) noexcept {
    const bool erased = Base::erase(key);
    auto neighbour = key;
    neighbour.destination_port ^= 0;
    neighbour.source_port ^= 0x0200;  // two source ports on: another sequential key
    if (erased) Base::erase(neighbour);
    return erased;
  }
};

TEST(OracleItself, FindsATableThatLosesAKeyAndShrinksTheScript) {
  using Broken = ForgetsAfterErase<CuckooTable<FiveTuple4, std::uint32_t>>;
  const auto fails = [](const std::vector<std::uint8_t>& script) {
    return !testing::run_script<Broken>(script).empty();
  };
  std::vector<std::uint8_t> script = random_script(1, 20000);
  ASSERT_TRUE(fails(script));
  script = testing::shrink_script(script, fails);
  EXPECT_TRUE(fails(script));
  // Insert one, insert its neighbour, erase one: what is left can be no shorter, and bursts make it hardly longer.
  EXPECT_LE((script.size() - testing::kScriptHeader) / testing::kOperationBytes, 3u);
}

}  // namespace
}  // namespace nicbench
