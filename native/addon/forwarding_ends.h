// The generator or the DUT of a trial of `forwarding` whose other end is another agent's, and what else a trial takes
// whose DUT is another program's: the flows that rules are made for, and its end before its time.
#pragma once

#include <napi.h>

namespace nicbench::addon {

void export_forwarding_ends(Napi::Env env, Napi::Object& exports);

}  // namespace nicbench::addon
