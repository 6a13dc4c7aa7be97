// The gateway trial's part of the conversions.
#pragma once

#include <napi.h>

#include "dataplane/gateway_trial.h"

namespace nicbench::addon {

GatewayTrialConfig gateway_config(const Napi::Object& object);

Napi::Object to_js(Napi::Env env, const GatewayTrialConfig& config, const GatewayTrialResult& result);

}  // namespace nicbench::addon
