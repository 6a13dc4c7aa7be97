// The plug-in's one symbol.
#include <rte_version.h>

#include "io/dpdk/dpdk_nic_rules.h"
#include "io/dpdk/dpdk_port.h"
#include "io/dpdk/request.h"

namespace nicbench {

extern "C" const DpdkFunctions nicbench_dpdk_functions;
const DpdkFunctions nicbench_dpdk_functions{open_dpdk_device_queues, open_dpdk_nic_rules, rte_version};

}  // namespace nicbench
