// What trials that forward refuse before they start, and the frames that they need.
#pragma once

#include <bit>
#include <cstddef>
#include <string>

#include "common/user_error.h"
#include "io/frame.h"
#include "io/port_options.h"
#include "trafficgen/traffic.h"

namespace nicbench {

// Throws UserError BURST.
inline void check_burst(std::size_t frames) {
  if (frames > 0 && frames <= kBurst) return;
  throw UserError("BURST", "A burst of " + std::to_string(frames) + " frames is not possible.", "Use 1 to 32.");
}

// Throws UserError WORKERS.
inline void check_workers(std::size_t workers) {
  if (workers > 0 && workers <= kMaxQueues) return;
  throw UserError("WORKERS", std::to_string(workers) + " workers are not possible.", "Use 1 to 64 cores.");
}

// slots: frames that each end holds. Throws UserError RING_SIZE or WINDOW.
inline void check_window(std::size_t window, std::size_t slots) {
  if (slots < kBurst || slots > (1u << 16)) {
    throw UserError("RING_SIZE", "A ring of " + std::to_string(slots) + " slots is not possible.",
                    "Use 32 to 64Ki; NICs have 512 to 4096.");
  }
  if (window < kBurst || window > slots) {
    throw UserError("WINDOW", "A window of " + std::to_string(window) + " frames is not possible.",
                    "Use 32 or more, and at most as many as the ring has slots, so that none overflows.");
  }
}

// At most between tester and DUT: of each queue the rings of both directions full, and a burst in each pair of hands.
inline std::size_t frames_in_flight(std::size_t slots, std::size_t queues = 1) noexcept {
  return queues * (2 * std::bit_ceil(slots) + 8 * kBurst);
}

// longest: bytes without FCS that the wire carries. Throws UserError FRAME_SIZE.
inline void check_frames(const Traffic& traffic, std::size_t longest) {
  if (traffic.longest_captured_frame() <= longest) return;
  throw UserError("FRAME_SIZE",
                  "The capture has frames of " + std::to_string(traffic.longest_captured_frame()) +
                      " bytes; this wire takes " + std::to_string(longest) + ", without FCS.",
                  "Use wire: ring, or a capture without longer frames: tshark -r in.pcap -Y 'frame.len <= " +
                      std::to_string(longest) + "' -w out.pcap");
}

}  // namespace nicbench
