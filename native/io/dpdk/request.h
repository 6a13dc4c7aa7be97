// What passes between wires.cc and the plug-in with DPDK.
#pragma once

#include <string>

#include "io/port_options.h"

namespace nicbench {

struct DpdkRequest {
  std::string wire;       // its name, for people
  std::string arguments;  // of the device, in DPDK's notation
  bool on_interface;      // the device is on `options.interface` of the kernel; else that has no meaning
  PortOptions options;
};

// The port is the caller's. Throws UserError.
using OpenDpdkPort = Port*(const DpdkRequest&);

// The name under which the plug-in has its one function, an OpenDpdkPort.
inline constexpr const char* kOpenDpdkPortSymbol = "nicbench_open_dpdk_port";

}  // namespace nicbench
