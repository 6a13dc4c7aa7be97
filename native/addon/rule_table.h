// The software NIC's rule table by itself, for trials that ask what it can do: rules one by one, frames one by one.
#pragma once

#include <napi.h>

namespace nicbench::addon {

// Sets `RuleTable`, a class.
void export_rule_table(Napi::Env env, Napi::Object exports);

}  // namespace nicbench::addon
