// What a port is opened with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/port.h"

namespace nicbench {

inline constexpr std::size_t kMaxPortBurst = 64;  // frames that a port moves at once

struct PortOptions {
  std::string interface;         // of the kernel; on the wire `dpdk` the device with its arguments
  std::size_t slots = 1024;      // frames that the receiving side holds, at least
  std::size_t max_frame = 1514;  // bytes without FCS and VLAN tag
  // What the caller promises of frames for send(): behind so many bytes they are zero. A wire need not copy those. Of a
  // pair: of the near end's frames.
  std::size_t zero_behind = SIZE_MAX;
  // How long opening waits for link, where the other end may come later: on the wire `dpdk`. 0: does not wait, and a
  // link that was never up is no fault.
  double link_wait_seconds = 0;

  bool operator==(const PortOptions&) const = default;
};

}  // namespace nicbench
