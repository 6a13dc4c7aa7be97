#include "trafficgen/flow_model.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "common/random.h"
#include "common/user_error.h"
#include "trafficgen/alias_table.h"
#include "trafficgen/campus_model.h"
#include "trafficgen/frame_sizes.h"

namespace nicbench {
namespace {

constexpr std::uint32_t kMinSchedule = 1u << 20;
constexpr std::uint32_t kMaxSchedule = 1u << 24;
// Longer packets of a campus flow come from the server: 73 % to 91 % of its bytes were downstream.
constexpr std::uint16_t kAnswer = 300;

void check(const Encapsulation& encapsulation) {
  const bool tags_fit = std::all_of(encapsulation.vlans.begin(), encapsulation.vlans.end(),
                                    [](const VlanTag& tag) { return tag.id < 0xfff && tag.priority < 8; });
  if (encapsulation.vlans.size() > 2 || !tags_fit) {
    throw UserError("VLAN", "These VLAN tags cannot be sent.",
                    "Use one tag or two, with ids of 0 to 4094 and priorities of 0 to 7.");
  }
  if (encapsulation.network >= 1u << 24) {
    throw UserError("VNI", "The network " + std::to_string(encapsulation.network) + " does not fit 24 bits.",
                    "Use 0 to 16777215.");
  }
}

void check(const Endpoints& endpoints) {
  const auto& [clients, servers, client_ports, server_ports, clients6, servers6] = endpoints;
  const auto possible = [](const auto& prefixes, unsigned bits) {
    return std::all_of(prefixes.begin(), prefixes.end(), [=](const auto& prefix) { return prefix.length <= bits; });
  };
  const bool prefixes = !clients.empty() && !servers.empty() && possible(clients, 32) && possible(servers, 32) &&
                        possible(clients6, 128) && possible(servers6, 128);
  const auto forwards = [](const PortRange& ports) { return ports.first <= ports.last; };
  if (prefixes && forwards(client_ports) && (!server_ports || forwards(*server_ports))) return;
  throw UserError("ENDPOINTS", "These clients and servers cannot be sent from.",
                  "Use prefixes such as 10.0.0.0/10, and ports such as 1024-65535.");
}

void check_distinct(const TrafficConfig& config) {
  const Endpoints& endpoints = config.endpoints;
  const std::uint64_t most = ListedTuples::needed(endpoints)
                                 ? ListedTuples(config.seed, endpoints).distinct(config.ipv6_share)
                                 : FlowTuples::distinct(endpoints);
  if (config.flows <= most) return;
  throw UserError("ENDPOINTS",
                  std::to_string(config.flows) + " flows are more than the " + std::to_string(most) +
                      " that clients and their ports can tell apart.",
                  "Use a shorter prefix of clients, more client ports, or fewer flows.");
}

void check(const TrafficConfig& config) {
  if (!(config.new_flows >= 0 && config.new_flows <= 1e9)) {
    throw UserError("NEW_FLOWS",
                    "A rate of " + std::to_string(config.new_flows) + " new flows a second is not possible.",
                    "Set traffic.new_flows to 0 (none) or more, such as 50kfps.");
  }
  if (config.flows == 0) throw UserError("NO_FLOWS", "The traffic has 0 flows.", "Set traffic.flows to 1 or more.");
  if (config.groups < 1 || config.groups > kMaxFlowGroups || config.groups > config.flows) {
    throw UserError("GROUPS", "The flows cannot be counted in " + std::to_string(config.groups) + " groups.",
                    "Use 2 to " + std::to_string(kMaxFlowGroups) + " groups, and no more than there are flows.");
  }
  check(config.encapsulation);
  check(config.endpoints);
  if (!(config.ipv6_share >= 0 && config.ipv6_share <= 1)) {
    throw UserError("IPV6_SHARE", "The share of IPv6 flows is outside 0..1.", "Use 0 for IPv4, 1 for IPv6.");
  }
  check_distinct(config);
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
      groups_(flows_, config.groups),
      encapsulation_(config.encapsulation),
      ipv6_share_(config.ipv6_share),
      tuples_(config.seed, config.endpoints),
      listed_(ListedTuples::needed(config.endpoints)
                  ? std::optional<ListedTuples>(std::in_place, config.seed, config.endpoints)
                  : std::nullopt),
      new_flows_(config.new_flows),
      both_directions_(config.both_directions) {
  for (std::uint32_t slot = 0; slot < flows_ && ipv6_share_ > 0; ++slot) ipv6_flows_ += is_ipv6(slot);
  const std::uint32_t wanted = flows_ > kMaxSchedule / 4 ? kMaxSchedule : flows_ * 4;
  schedule_.resize(std::bit_ceil(std::clamp(wanted, kMinSchedule, kMaxSchedule)));
  if (profile_ == Profile::kCampus) {
    draw(config, [this](ScheduledFrame& frame, std::size_t, Xoshiro256& random) {
      const std::uint16_t packet = campus_packet(campus::class_of(quantile(frame.flow)), random);
      frame.length = campus_length(packet, frame);
      frame.reply = both_directions_ && packet > kAnswer;
    });
  } else {
    const LayeredTemplate longest(encapsulation_, ipv6_share_ > 0, false);
    const FrameSizes sizes(config, longest.header_bytes() + kFcsBytes);
    opening_length_ = sizes.shortest_length();
    draw(config, [&sizes](ScheduledFrame& frame, std::size_t position, Xoshiro256& random) {
      frame.length = sizes.length_at(position, random);
    });
  }
}

// Fills the schedule; size(frame, position, random) gives each frame its length.
template <class Size>
void FlowModel::draw(const TrafficConfig& config, Size&& size) {
  const auto table = profile_ == Profile::kUniform ? std::nullopt : std::optional<AliasTable>(weights(config));
  Xoshiro256 random(config.seed);
  for (std::size_t i = 0; i < schedule_.size(); ++i) {
    ScheduledFrame& frame = schedule_[i];
    frame = first_frame(table ? table->draw(random) : static_cast<std::uint32_t>(random.below(flows_)));
    frame.reply = both_directions_ && random.below(2) == 1;
    size(frame, i, random);
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

bool FlowModel::is_tcp(std::uint32_t slot) const noexcept {
  if (profile_ != Profile::kCampus) return false;
  const double share = campus::kClasses[campus::class_of(quantile(slot))].tcp;
  return tuples_.draw(~slot, 0x5bd1e995u) < share * 4294967296.0;
}

bool FlowModel::is_ipv6(std::uint32_t slot) const noexcept {
  return tuples_.draw(~slot, 0x6b43a9b5u) < ipv6_share_ * 4294967296.0;
}

// Of a frame that carries an IP packet of the published sizes; an IPv6 one is at least as long as its headers.
std::uint16_t FlowModel::campus_length(std::uint16_t packet, const ScheduledFrame& frame) const noexcept {
  const std::size_t headers = (frame.ipv6 ? kIpv6Header : kIpv4Header) + (frame.tcp ? kTcpHeader : kUdpHeader);
  return static_cast<std::uint16_t>(kEthernetHeader + added_bytes(encapsulation_) +
                                    std::max<std::size_t>(packet, headers));
}

ScheduledFrame FlowModel::first_frame(std::uint32_t slot) const noexcept {
  ScheduledFrame frame{.flow = slot,
                       .length = opening_length_,
                       .tcp = is_tcp(slot),
                       .reply = false,
                       .ipv6 = is_ipv6(slot),
                       .tcp_flags = 0};
  if (profile_ == Profile::kCampus) frame.length = campus_length(campus::kPacketSizes[0], frame);
  return frame;
}

}  // namespace nicbench
