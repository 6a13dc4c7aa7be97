// The wires `af_packet` and `af_packet-v2`: rings shared with the kernel, so that receiving takes no system call and
// sending takes one a burst. See packet_rings.h for what the two differ in.
#pragma once

#include <memory>

#include "io/port_options.h"

namespace nicbench {

enum class TpacketVersion : std::uint8_t { kV2, kV3 };

// Throws UserError. version: of the receiving side.
std::unique_ptr<Port> open_af_packet_port(const PortOptions& options, TpacketVersion version);

}  // namespace nicbench
