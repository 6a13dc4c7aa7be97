// The wires of this build by name. A new one is a file with a Port and a line in wires.cc.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "io/port_options.h"

namespace nicbench {

struct WireInfo {
  std::string_view name;
  std::string_view title;
  std::string_view missing;  // what this build was made without, and how to get it; empty: it is there
};

// Wires on interfaces of the kernel. (`ring` joins threads without one; `pcap` reads and writes files.)
std::span<const WireInfo> wire_infos() noexcept;

// Opens an end. Throws UserError: WIRE_UNKNOWN, WIRE_MISSING, or what the wire says that it lacks.
std::unique_ptr<Port> open_port(std::string_view wire, const PortOptions& options);

}  // namespace nicbench
