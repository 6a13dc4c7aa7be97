// What can end a wire in mid-run. The data path notes it and goes on returning short bursts; whoever runs the trial
// turns it into an error that says what to do.
#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>

#include "common/user_error.h"

namespace nicbench {

enum class WireFault : std::uint8_t {
  kNone,
  kLinkDown,
  kInterfaceGone,
  kStalled,  // takes no frames, and does not say why
  kSystem,   // an error of the kernel, in `error`
};

// Written by the thread that has the wire's end, read by any. The first fault stays.
class FaultCell {
 public:
  WireFault get() const noexcept { return fault_.load(std::memory_order_acquire); }

  void set(WireFault fault, int error = 0) noexcept {
    if (fault == WireFault::kNone || get() != WireFault::kNone) return;
    error_.store(error, std::memory_order_relaxed);
    fault_.store(fault, std::memory_order_release);
  }

  // where: the wire and its interface, such as "af_packet on nb0".
  UserError error(const std::string& where) const {
    switch (get()) {
      case WireFault::kLinkDown:
        return {"LINK_DOWN", "The link of " + where + " went down in mid-run.",
                "Check cable, switch and the other end, then run again: ip link show"};
      case WireFault::kInterfaceGone:
        return {
            "INTERFACE_GONE", "The interface of " + where + " vanished in mid-run.",
            "Something removed it or moved it to another namespace; keep other tools off the interfaces under test."};
      case WireFault::kStalled:
        return {"WIRE_STALLED", "The wire " + where + " took no more frames, without saying why.",
                "See what the kernel says: dmesg. A driver that does not complete what it sends does this."};
      default:
        return {"WIRE_FAILED", "The wire " + where + " failed in mid-run: " + std::strerror(error_.load()) + ".",
                "See what the kernel says: dmesg"};
    }
  }

 private:
  std::atomic<WireFault> fault_{WireFault::kNone};
  std::atomic<int> error_{0};
};

}  // namespace nicbench
