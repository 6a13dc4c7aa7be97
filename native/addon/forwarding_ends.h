// The generator or the DUT of a trial of `forwarding` whose other end is another agent's.
#pragma once

#include <napi.h>

namespace nicbench::addon {

void export_forwarding_ends(Napi::Env env, Napi::Object& exports);

}  // namespace nicbench::addon
