// The plug-in with DPDK, `nicbench_dpdk.so`. Loaded when it is first asked for, so that a host without DPDK lacks only
// what needs it.
#pragma once

#include <string>

#include "io/dpdk/request.h"

namespace nicbench {

struct DpdkPlugin {
  const DpdkFunctions* functions = nullptr;
  std::string missing;  // what this build or host lacks: how to get it; empty if nothing
};

const DpdkPlugin& dpdk_plugin();

}  // namespace nicbench
