#include "trafficgen/flow_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "common/random.h"
#include "common/user_error.h"
#include "io/frame_pool.h"
#include "trafficgen/alias_table.h"
#include "trafficgen/campus_model.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kMinSchedule = 1u << 20;
constexpr std::uint32_t kMaxSchedule = 1u << 24;
constexpr std::uint16_t kMinFrame = 64;  // RFC 2544 §9.1, with FCS
// Longer frames of a campus flow come from the server: 73 % to 91 % of its bytes were downstream.
constexpr std::uint16_t kAnswer = 300;
constexpr std::uint16_t kMaxFrame = FramePool::kMaxFrame + kFcsBytes;

void check(const TrafficConfig& config) {
  if (!(config.new_flows >= 0 && config.new_flows <= 1e9)) {
    throw UserError("NEW_FLOWS",
                    "A rate of " + std::to_string(config.new_flows) + " new flows a second is not possible.",
                    "Set traffic.new_flows to 0 (none) or more, such as 50kfps.");
  }
  if (config.flows == 0) throw UserError("NO_FLOWS", "The traffic has 0 flows.", "Set traffic.flows to 1 or more.");
  if (config.profile == Profile::kCampus) return;
  if (config.frame_size < kMinFrame || config.frame_size > kMaxFrame) {
    throw UserError("FRAME_SIZE", "A frame of " + std::to_string(config.frame_size) + " bytes cannot be sent.",
                    "Frame sizes include the FCS and lie in 64.." + std::to_string(kMaxFrame) + ".");
  }
  if (config.profile == Profile::kZipf && !(config.skew >= 0 && config.skew <= 4)) {
    throw UserError("SKEW", "A zipf exponent of " + std::to_string(config.skew) + " is outside 0..4.",
                    "Internet traffic is usually described with exponents of 0.8 to 1.2.");
  }
}

// IP packet size of one frame of a campus flow.
std::uint16_t campus_packet(std::size_t length_class, Xoshiro256& random) {
  static const auto shares = [] {
    std::array<std::array<double, 3>, campus::kClasses.size()> all;
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = campus::size_shares(i);
    return all;
  }();
  const auto& share = shares[length_class];
  const double u = random.uniform();
  return campus::kPacketSizes[u < share[0] ? 0 : u < share[0] + share[1] ? 1 : 2];
}

}  // namespace

FlowModel::FlowModel(const TrafficConfig& config)
    : profile_(config.profile),
      flows_((check(config), config.flows)),
      length_(static_cast<std::uint16_t>(config.frame_size - kFcsBytes)),
      tuples_(config.seed),
      new_flows_(config.new_flows),
      both_directions_(config.both_directions) {
  const std::uint32_t wanted = flows_ > kMaxSchedule / 4 ? kMaxSchedule : flows_ * 4;
  schedule_.resize(std::bit_ceil(std::clamp(wanted, kMinSchedule, kMaxSchedule)));
  Xoshiro256 random(config.seed);
  if (profile_ == Profile::kUniform) {
    for (auto& frame : schedule_) {
      frame = first_frame(static_cast<std::uint32_t>(random.below(flows_)));
      frame.reply = config.both_directions && random.below(2) == 1;
    }
    return;
  }
  const AliasTable table(weights(config));
  for (auto& frame : schedule_) {
    frame = first_frame(table.draw(random));
    frame.reply = config.both_directions && random.below(2) == 1;
    if (profile_ == Profile::kCampus) {
      const std::size_t length_class = campus::class_of(quantile(frame.flow));
      frame.length = static_cast<std::uint16_t>(kEthernetHeader + campus_packet(length_class, random));
      frame.reply = config.both_directions && frame.length > kAnswer;
    }
  }
}

std::vector<double> FlowModel::weights(const TrafficConfig& config) const {
  std::vector<double> result(flows_);
  for (std::uint32_t flow = 0; flow < flows_; ++flow) {
    result[flow] = profile_ == Profile::kZipf ? std::pow(flow + 1.0, -config.skew) : campus::length_at(quantile(flow));
  }
  return result;
}

// Flows are ranked by length. Evenly spaced quantiles reproduce the published distribution at any number
// of flows; drawing them at random would leave the heavy tail to luck.
double FlowModel::quantile(std::uint32_t slot) const noexcept { return (slot + 0.5) / flows_; }

bool FlowModel::is_tcp(std::uint32_t flow) const noexcept {
  if (profile_ != Profile::kCampus) return false;
  const double share = campus::kClasses[campus::class_of(quantile(flow))].tcp;
  return tuples_.draw(~flow, 0x5bd1e995u) < share * 4294967296.0;
}

ScheduledFrame FlowModel::first_frame(std::uint32_t flow) const noexcept {
  const bool campus = profile_ == Profile::kCampus;
  const std::size_t length = campus ? kEthernetHeader + campus::kPacketSizes[0] : length_;
  return {
      .flow = flow, .length = static_cast<std::uint16_t>(length), .tcp = is_tcp(flow), .reply = false, .tcp_flags = 0};
}

}  // namespace nicbench
