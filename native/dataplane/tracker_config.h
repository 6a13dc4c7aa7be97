// From a trial's configuration to a tracker's options: checks, and seconds to ticks.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dataplane/conntrack_trial.h"
#include "dataplane/tracker_options.h"

namespace nicbench {

// Throws UserError for what cannot be.
void check(const TrackerConfig& config);

// For a clock of `ticks_per_second` that shows `start` when the tracker is made.
TrackerOptions tracker_options(const TrackerConfig& config, std::uint64_t seed, double ticks_per_second,
                               std::uint64_t start);

// The load balancer's service is where the generator's servers are (flow_model.h); a capture may hold anything.
void serve_generated(TrackerOptions& options);

// Entries that each flow has in the table.
std::size_t entries_per_flow(const TrackerConfig& config);

// Flows that a tracker must hold so that `live` flows, of which `born` a second are replaced for `seconds`, fill 0.8 of
// it.
std::size_t flows_to_hold(const TrackerConfig& config, std::size_t live, double born, double seconds);

}  // namespace nicbench
