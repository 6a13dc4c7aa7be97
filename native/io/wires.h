// The wires of this build by name. A new one is a file with a Port and a line in wires.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "io/port_options.h"

namespace nicbench {

// What a wire's ends are on.
enum class WireEnds : std::uint8_t {
  kInterfaces,  // an interface of the kernel each, which needs privilege
  kDevices,     // a device of DPDK each
  kItself,      // nothing: both can be opened at once
};

struct WireInfo {
  std::string_view name;
  std::string_view title;
  std::string_view missing;  // what this build or host lacks: how to get it; empty: it is there
  WireEnds ends = WireEnds::kInterfaces;
  std::size_t most_queues = 1;  // of a port
  bool stamps = false;          // the kernel says when frames came: Timestamps::kSoftware
};

// Wires that leave the process. (`ring` joins threads; `pcap` reads and writes files.)
std::span<const WireInfo> wire_infos();

// Throws UserError WIRE_UNKNOWN.
const WireInfo& wire_info(std::string_view wire);

// Opens an end. Throws UserError: WIRE_UNKNOWN, WIRE_MISSING, WIRE_ENDS, QUEUES, TIMESTAMPS, or what the wire says that
// it lacks.
PortQueues open_queues(std::string_view wire, const PortOptions& options);

// Opens both ends of a wire that is on nothing but itself; `interface` has no effect. Throws as open_queues.
QueuesPair open_queues_pair(std::string_view wire, const PortOptions& options);

// As these, with one queue.
std::unique_ptr<Port> open_port(std::string_view wire, const PortOptions& options);
PortPair open_pair(std::string_view wire, const PortOptions& options);

}  // namespace nicbench
