#include "trafficgen/probe_order.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace nicbench {
namespace {

// One letter a probe: in order, reordered, duplicate, stale.
std::string arrivals(ProbeOrder& order, const std::vector<std::uint32_t>& sequences) {
  std::string letters;
  for (const std::uint32_t sequence : sequences) letters += "ords"[static_cast<std::size_t>(order.arrived(sequence))];
  return letters;
}

std::string arrivals(const std::vector<std::uint32_t>& sequences, std::uint32_t first = 1) {
  const auto order = std::make_unique<ProbeOrder>();
  order->begin(first);
  return arrivals(*order, sequences);
}

TEST(ProbeOrder, CallsThoseReorderedThatCameAfterAHigherNumber) {
  EXPECT_EQ(arrivals({1, 2, 3, 5, 6, 7, 8, 4, 9, 10}), "oooooooroo");
  EXPECT_EQ(arrivals({1, 2, 3, 7, 8, 9, 4, 5, 6, 10}), "oooooorrro");
}

TEST(ProbeOrder, TakesLossForNoReordering) { EXPECT_EQ(arrivals({1, 2, 9, 10, 40, 41}), "oooooo"); }

TEST(ProbeOrder, TellsCopiesFromLateProbes) { EXPECT_EQ(arrivals({1, 1, 2, 4, 2, 3, 3, 4}), "odoodrdd"); }

TEST(ProbeOrder, LeavesOutProbesOfThePhaseBefore) { EXPECT_EQ(arrivals({99, 100, 101}, 100), "soo"); }

TEST(ProbeOrder, CountsOnWhenNumbersWrapAround) {
  EXPECT_EQ(arrivals({0xfffffffe, 0, 0xffffffff, 0, 1}, 0xfffffffe), "oordo");
}

TEST(ProbeOrder, KnowsTheLastWindowAndNoMore) {
  constexpr std::uint32_t kWindow = ProbeOrder::kWindow;
  EXPECT_EQ(arrivals({1, 2, kWindow + 1, 2, 1}), "ooodr");
  EXPECT_EQ(arrivals({1, 2, 5 * kWindow, 5 * kWindow - 1, 5 * kWindow - 1}), "ooord");
}

}  // namespace
}  // namespace nicbench
