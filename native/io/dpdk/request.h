// What passes between io/ and the plug-in with DPDK.
#pragma once

#include <string>

#include "io/nic_rules.h"
#include "io/port_options.h"

namespace nicbench {

struct DpdkRequest {
  std::string wire;       // its name, for people
  std::string arguments;  // of the device, in DPDK's notation
  bool on_interface;      // the device is on `options.interface` of the kernel; else that has no meaning
  PortOptions options;
};

// All that the plug-in gives. Rules that are opened are the caller's.
struct DpdkFunctions {
  PortQueues (*open_queues)(const DpdkRequest& request);    // throws UserError
  NicRules* (*open_rules)(const NicRulesOptions& options);  // throws UserError
  const char* (*version)();
};

// The name under which the plug-in has its DpdkFunctions.
inline constexpr const char* kDpdkFunctionsSymbol = "nicbench_dpdk_functions";

}  // namespace nicbench
