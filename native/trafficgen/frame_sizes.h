// How long generated frames are: all alike, sizes in turn (as an IMIX of RFC 6985 gives them), or drawn by
// weight, which a capture may give.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "common/random.h"
#include "trafficgen/alias_table.h"
#include "trafficgen/traffic_config.h"

namespace nicbench {

class FrameSizes {
 public:
  // shortest: bytes with FCS that the headers of the traffic need. Throws UserError FRAME_SIZE, and those of a
  // capture.
  FrameSizes(const TrafficConfig& config, std::size_t shortest);

  // Bytes without FCS of the frame at this position of the schedule.
  std::uint16_t length_at(std::size_t position, Xoshiro256& random) const noexcept {
    if (table_) return lengths_[table_->draw(random)];
    return lengths_[lengths_.size() == 1 ? 0 : position % lengths_.size()];
  }

  // Of frames that open or end a flow.
  std::uint16_t shortest_length() const noexcept;

 private:
  std::vector<std::uint16_t> lengths_;
  std::optional<AliasTable> table_;
};

}  // namespace nicbench
