// Which flow the next frame belongs to, how long the frame is, and what the flow's five-tuple looks like.
//
// The order of frames is drawn once, into a schedule that the generator then streams through: drawing costs
// a cache miss or two for every frame, reading ahead in an array costs nothing. Five-tuples are computed from the
// flow's number (flow_tuples.h), for the same reason. The same seed gives the same schedule on any machine.
#pragma once

#include <cstdint>
#include <vector>

#include "packet/five_tuple.h"
#include "trafficgen/flow_tuples.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

struct ScheduledFrame {
  std::uint32_t flow;
  std::uint16_t length;    // bytes without FCS
  bool tcp : 1;            // or UDP
  bool reply : 1;          // from server to client
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

  // Power-of-two length; played in a circle.
  const std::vector<ScheduledFrame>& schedule() const noexcept { return schedule_; }

  // The first frame of a flow, as sent in the learning phase.
  ScheduledFrame first_frame(std::uint32_t flow) const noexcept;

  // Client to server. Any number is a flow with a tuple of its own: numbers from flows() on are the
  // successors of the first ones.
  FiveTuple4 tuple(std::uint32_t flow, bool tcp) const noexcept { return tuples_.tuple(flow, tcp); }

 private:
  bool is_tcp(std::uint32_t flow) const noexcept;
  std::vector<double> weights(const TrafficConfig& config) const;
  double quantile(std::uint32_t slot) const noexcept;

  Profile profile_;
  std::uint32_t flows_;
  std::uint16_t length_;
  FlowTuples tuples_;
  double new_flows_;
  bool both_directions_;
  std::vector<ScheduledFrame> schedule_;
};

}  // namespace nicbench
