// The rules of a NIC (classifier rte_flow), from JavaScript: one port at a time.
#pragma once

#include <napi.h>

namespace nicbench::addon {

void export_nic_rules(Napi::Env env, Napi::Object& exports);

}  // namespace nicbench::addon
