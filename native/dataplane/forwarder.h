// The least that a DUT can do: exchange the MAC addresses and send the frame back (as testpmd's `macswap`). What is
// measured with it is the wire.
//
// Frames that are not for the DUT are none of the tester's: on a wire of the kernel others may send (neighbour
// discovery, a switch). They are dropped, and counted apart.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "io/frame.h"
#include "packet/headers.h"
#include "trafficgen/probe.h"

namespace nicbench {

// A worker's tracker, as run_worker() wants one; it keeps no state.
class Forwarder {
 public:
  // Those to send on come first, in order. Returns how many.
  std::size_t process(std::span<Frame> frames, std::uint64_t) noexcept {
    std::size_t kept = 0;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      if (std::memcmp(frames[i].data, kDutMac.data(), kDutMac.size()) != 0) continue;
      swap_macs(frames[i].data);
      std::swap(frames[kept++], frames[i]);
    }
    return kept;
  }

  void maintain(std::uint64_t) noexcept {}
};

}  // namespace nicbench
