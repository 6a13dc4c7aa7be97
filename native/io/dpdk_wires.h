// The wires of DPDK: ports of a plug-in, opened with a device's arguments.
#pragma once

#include <string_view>

#include "io/port_options.h"

namespace nicbench {

// What this build or host lacks: how to get it; empty if nothing.
std::string_view missing_for_dpdk();
std::string_view missing_for_dpdk_af_xdp();

// Throw UserError: what the plug-in says that it lacks.

// The device is named by `options.interface`, with its arguments: net_memif0,role=client or 0000:17:00.0.
PortQueues open_dpdk_queues(const PortOptions& options);

// On an interface of the kernel, with one queue.
PortQueues open_dpdk_af_packet_queue(const PortOptions& options);
PortQueues open_dpdk_af_xdp_queue(const PortOptions& options);

// Both ends of a piece of memory, in this process.
QueuesPair open_dpdk_memif_pair(const PortOptions& options);

}  // namespace nicbench
