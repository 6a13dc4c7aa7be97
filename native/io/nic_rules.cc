#include "io/nic_rules.h"

#include "common/user_error.h"
#include "io/dpdk_plugin.h"

namespace nicbench {

namespace {

const DpdkFunctions& functions() {
  const DpdkPlugin& plugin = dpdk_plugin();
  if (plugin.functions != nullptr) return *plugin.functions;
  throw UserError("DPDK_MISSING", "rte_flow is part of DPDK, and this host lacks " + plugin.missing + ".",
                  "Install it, or use another classifier.");
}

}  // namespace

std::unique_ptr<NicRules> open_nic_rules(const NicRulesOptions& options) {
  return std::unique_ptr<NicRules>(functions().open_rules(options));
}

std::string dpdk_version() { return functions().version(); }

}  // namespace nicbench
