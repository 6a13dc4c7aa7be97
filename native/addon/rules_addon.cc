// nicbench_rules.node: of nicbench.node the rules of NICs alone.

#include <napi.h>

#include "nic_rules.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  nicbench::addon::export_nic_rules(env, exports);
  return exports;
}

NODE_API_MODULE(nicbench_rules, init)
