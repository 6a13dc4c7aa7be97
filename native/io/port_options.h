// What a port is opened with.
#pragma once

#include <cstddef>
#include <string>

#include "io/port.h"

namespace nicbench {

inline constexpr std::size_t kMaxPortBurst = 64;  // frames that a port moves at once

struct PortOptions {
  std::string interface;
  std::size_t slots = 1024;      // frames that the receiving side holds, at least
  std::size_t max_frame = 1514;  // bytes without FCS and VLAN tag

  bool operator==(const PortOptions&) const = default;
};

}  // namespace nicbench
