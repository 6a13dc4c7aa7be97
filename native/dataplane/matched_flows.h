// The flows of a trial's traffic for which there are rules.
#pragma once

#include <vector>

#include "packet/five_tuple.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

// The five-tuples of that share of the traffic's flows, in [0, 1]: those that the first specific rules match.
// Throws UserError MATCH_SHARE.
std::vector<FiveTuple4> flows_to_match(const TrafficConfig& traffic, double share);

}  // namespace nicbench
