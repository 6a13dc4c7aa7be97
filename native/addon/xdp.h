// The classifier of native/xdprules, as objects of JavaScript.
#pragma once

#include <napi.h>

namespace nicbench::addon {

void export_xdp(Napi::Env env, Napi::Object exports);

}  // namespace nicbench::addon
