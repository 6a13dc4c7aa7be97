#include "trafficgen/flow_model.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <unordered_set>

#include "common/user_error.h"
#include "packet/hash.h"
#include "trafficgen/campus_model.h"

namespace nicbench {
namespace {

TrafficConfig config(Profile profile, std::uint32_t flows) {
  TrafficConfig result;
  result.profile = profile;
  result.flows = flows;
  return result;
}

TEST(FlowModel, GivesEveryFlowAnotherFiveTuple) {
  const FlowModel model(config(Profile::kUniform, 300'000));
  std::unordered_set<FiveTuple4, TupleHash> seen;
  for (std::uint32_t flow = 0; flow < model.flows(); ++flow) seen.insert(model.tuple(flow, true));
  EXPECT_EQ(seen.size(), model.flows());
}

TEST(FlowModel, MakesTheSameScheduleFromTheSameSeedAndAnotherFromAnother) {
  auto first = config(Profile::kCampus, 1000), second = first;
  second.seed = first.seed + 1;
  const auto same = [](const FlowModel& a, const FlowModel& b) {
    return std::equal(a.schedule().begin(), a.schedule().end(), b.schedule().begin(), b.schedule().end(),
                      [](const auto& x, const auto& y) { return x.flow == y.flow && x.length == y.length; });
  };
  EXPECT_TRUE(same(FlowModel(first), FlowModel(first)));
  EXPECT_FALSE(same(FlowModel(first), FlowModel(second)));
  EXPECT_NE(FlowModel(first).tuple(0, true).source, FlowModel(second).tuple(0, true).source);
}

TEST(FlowModel, SpreadsUniformTrafficEvenly) {
  const FlowModel model(config(Profile::kUniform, 64));
  std::map<std::uint32_t, double> counts;
  for (const auto& frame : model.schedule()) counts[frame.flow] += 1;
  const double expected = static_cast<double>(model.schedule().size()) / 64;
  ASSERT_EQ(counts.size(), 64u);
  for (const auto& [flow, count] : counts) EXPECT_NEAR(count, expected, 6 * std::sqrt(expected)) << flow;
}

TEST(FlowModel, GivesZipfFlowsTheirShare) {
  auto zipf = config(Profile::kZipf, 1000);
  zipf.skew = 1.2;
  const FlowModel model(zipf);
  double harmonic = 0;
  for (int k = 1; k <= 1000; ++k) harmonic += std::pow(k, -1.2);
  double first = 0, tenth = 0;
  for (const auto& frame : model.schedule()) {
    first += frame.flow == 0;
    tenth += frame.flow == 9;
  }
  const auto frames = static_cast<double>(model.schedule().size());
  EXPECT_NEAR(first / frames, 1 / harmonic, 0.003);
  EXPECT_NEAR(tenth / frames, std::pow(10, -1.2) / harmonic, 0.001);
}

TEST(FlowModel, SendsSizesInTurnAndDrawsOthersByWeight) {
  auto in_turn = config(Profile::kUniform, 10);
  in_turn.sizes_in_turn = {64, 64, 594, 1518};
  const FlowModel turns(in_turn);
  const std::array<int, 4> expected{60, 60, 590, 1514};
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(turns.schedule()[i].length, expected[i % 4]);
  EXPECT_EQ(turns.first_frame(0).length, 60);

  auto drawn = config(Profile::kZipf, 10);
  drawn.sizes_drawn = {{64, 7}, {594, 4}, {1518, 1}};
  const FlowModel model(drawn);
  std::map<int, double> counts;
  for (const auto& frame : model.schedule()) counts[frame.length] += 1;
  const auto frames = static_cast<double>(model.schedule().size());
  ASSERT_EQ(counts.size(), 3u);
  EXPECT_NEAR(counts[60] / frames, 7.0 / 12, 0.002);
  EXPECT_NEAR(counts[590] / frames, 4.0 / 12, 0.002);
}

// The published figures: mean packet 870.6 B (IP), 84 % of packets TCP, 0.53 % of flows make 86 % of packets.
TEST(FlowModel, ReproducesThePublishedCampusTraffic) {
  const FlowModel model(config(Profile::kCampus, 200'000));
  double bytes = 0, tcp = 0, elephants = 0;
  for (const auto& frame : model.schedule()) {
    bytes += frame.length - 14;
    tcp += frame.tcp;
    elephants += (frame.flow + 0.5) / model.flows() > 0.994544;
  }
  const auto frames = static_cast<double>(model.schedule().size());
  EXPECT_NEAR(bytes / frames, campus::kMeanPacket, 0.02 * campus::kMeanPacket);
  EXPECT_NEAR(tcp / frames, 0.84, 0.02);
  EXPECT_NEAR(elephants / frames, 0.857, 0.03);
}

TEST(CampusModel, HasSharesThatAreSharesInEveryClass) {
  for (std::size_t i = 0; i < campus::kClasses.size(); ++i) {
    const auto shares = campus::size_shares(i);
    for (const double share : shares) EXPECT_TRUE(share >= 0 && share <= 1) << "class " << i;
  }
}

TEST(FlowModel, RefusesImpossibleTrafficWithAHint) {
  EXPECT_THROW(FlowModel(config(Profile::kUniform, 0)), UserError);
  auto tiny = config(Profile::kUniform, 1);
  tiny.frame_size = 63;
  EXPECT_THROW(FlowModel{tiny}, UserError);
  auto one_of_many = config(Profile::kUniform, 1);
  one_of_many.sizes_in_turn = {64, 9000};
  EXPECT_THROW(FlowModel{one_of_many}, UserError);
  auto weightless = config(Profile::kUniform, 1);
  weightless.sizes_drawn = {{64, 0}};
  EXPECT_THROW(FlowModel{weightless}, UserError);
  auto steep = config(Profile::kZipf, 1);
  steep.skew = -1;
  EXPECT_THROW(FlowModel{steep}, UserError);
  for (const std::uint32_t groups : {0u, 3u, 129u}) {
    auto grouped = config(Profile::kUniform, groups == 129 ? 1000 : 2);
    grouped.groups = groups;
    EXPECT_THROW(FlowModel{grouped}, UserError) << groups;
  }
}

TEST(FlowGroups, CutFlowsIntoEqualGroupsOfWhichSuccessorsAreToo) {
  const FlowGroups groups(10, 4);
  std::array<int, 4> sizes{};
  for (std::uint32_t flow = 0; flow < 10; ++flow) {
    ++sizes[groups.group_of(flow)];
    EXPECT_EQ(groups.group_of(flow + 30), groups.group_of(flow));
  }
  EXPECT_EQ(sizes, (std::array{3, 2, 3, 2}));
}

}  // namespace
}  // namespace nicbench
