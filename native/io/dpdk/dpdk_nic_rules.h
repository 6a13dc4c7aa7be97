// The rules of a DPDK port by rte_flow.
#pragma once

#include "io/nic_rules.h"

namespace nicbench {

// They are the caller's. Throws UserError.
NicRules* open_dpdk_nic_rules(const NicRulesOptions& options);

}  // namespace nicbench
