// The wires `af_packet` and `af_packet-v2`: what comes lies in a ring shared with the kernel, so that receiving takes
// no system call; what goes is sent from there, with a system call a burst. See packet_rings.h for what the two differ
// in. Queues: packet_fanout.h.
#pragma once

#include "io/port_options.h"

namespace nicbench {

enum class TpacketVersion : std::uint8_t { kV2, kV3 };

// Throws UserError.
PortQueues open_af_packet_queues(const PortOptions& options, TpacketVersion version);

}  // namespace nicbench
