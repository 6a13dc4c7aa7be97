// nicbench_rules.node: of nicbench.node the rules of NICs, and the generator that sends to them.

#include <napi.h>

#include "forwarding_ends.h"
#include "nic_rules.h"

static Napi::Object init(Napi::Env env, Napi::Object exports) {
  nicbench::addon::export_forwarding_ends(env, exports);
  nicbench::addon::export_nic_rules(env, exports);
  return exports;
}

NODE_API_MODULE(nicbench_rules, init)
