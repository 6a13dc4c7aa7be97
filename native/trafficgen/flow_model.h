// Which flow the next frame belongs to, how long the frame is, and what the flow's five-tuple looks like.
//
// The order of frames is drawn once, into a schedule that the generator then streams through: drawing costs
// a cache miss or two for every frame, reading ahead in an array costs nothing. Five-tuples are computed from the
// flow's number (flow_tuples.h), for the same reason. The same seed gives the same schedule on any machine.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "packet/five_tuple.h"
#include "trafficgen/flow_groups.h"
#include "trafficgen/flow_tuples.h"
#include "trafficgen/layered_template.h"
#include "trafficgen/listed_tuples.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

struct ScheduledFrame {
  std::uint32_t flow;
  std::uint16_t length;    // bytes without FCS
  bool tcp : 1;            // or UDP
  bool reply : 1;          // from server to client
  bool ipv6 : 1;           // or IPv4
  std::uint8_t tcp_flags;  // 0: a data segment (ACK)
};
static_assert(sizeof(ScheduledFrame) == 8);

class FlowModel {
 public:
  // Throws UserError for impossible parameters.
  explicit FlowModel(const TrafficConfig& config);

  std::uint32_t flows() const noexcept { return flows_; }
  double new_flows() const noexcept { return new_flows_; }  // per second
  bool both_directions() const noexcept { return both_directions_; }

  FlowGroups groups() const noexcept { return groups_; }

  // Power-of-two length; played in a circle.
  const std::vector<ScheduledFrame>& schedule() const noexcept { return schedule_; }

  // The first frame of a flow, as sent in the learning phase.
  ScheduledFrame first_frame(std::uint32_t flow) const noexcept;

  // IPv4 alone, of one prefix at each end, without tags and tunnels: tuples() has what they need.
  bool plain() const noexcept { return ipv6_flows_ == 0 && added_bytes(encapsulation_) == 0 && !listed_; }
  const Encapsulation& encapsulation() const noexcept { return encapsulation_; }
  std::uint32_t ipv6_flows() const noexcept { return ipv6_flows_; }

  // Client to server. Any number is a flow with a tuple of its own: numbers from flows() on are the
  // successors of the first ones.
  FiveTuple4 tuple(std::uint32_t flow, bool tcp) const noexcept {
    return listed_ ? listed_->tuple(flow, tcp) : tuples_.tuple(flow, tcp);
  }
  FiveTuple6 tuple6(std::uint32_t flow, bool tcp) const noexcept {
    return listed_ ? listed_->tuple6(flow, tcp) : tuples_.tuple6(flow, tcp);
  }
  const FlowTuples& tuples() const noexcept { return tuples_; }

 private:
  bool is_tcp(std::uint32_t slot) const noexcept;
  bool is_ipv6(std::uint32_t slot) const noexcept;
  std::uint16_t campus_length(std::uint16_t packet, const ScheduledFrame& frame) const noexcept;
  std::vector<double> weights(const TrafficConfig& config) const;
  template <class Size>
  void draw(const TrafficConfig& config, Size&& size);
  double quantile(std::uint32_t slot) const noexcept;

  Profile profile_;
  std::uint32_t flows_;
  FlowGroups groups_;
  std::uint16_t opening_length_ = 0;  // of frames that open or end a flow; campus has its own
  Encapsulation encapsulation_;
  double ipv6_share_;
  std::uint32_t ipv6_flows_ = 0;
  FlowTuples tuples_;
  std::optional<ListedTuples> listed_;  // instead of tuples_, where there are lists
  double new_flows_;
  bool both_directions_;
  std::vector<ScheduledFrame> schedule_;
};

}  // namespace nicbench
