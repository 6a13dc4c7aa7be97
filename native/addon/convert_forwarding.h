// Between JavaScript objects and the experiment `forwarding`. Field names are those of src/agent/protocol.ts.
#pragma once

#include <napi.h>

#include "dataplane/forwarding_ends.h"
#include "dataplane/forwarding_trial.h"

namespace nicbench::addon {

// Throws UserError BAD_ARGUMENT, naming the field, for missing fields and wrong types.
ForwardingTrialConfig forwarding_config(const Napi::Object& object);

Napi::Object to_js(Napi::Env env, const ForwardingTrialConfig& config, const ForwardingTrialResult& result);

// The ends of a trial whose generator and DUT are agents of their own. Throw as above.
GeneratorEndConfig generator_end_config(const Napi::Object& object);
ForwarderConfig forwarder_config(const Napi::Object& object);

Napi::Object to_js(Napi::Env env, const GeneratorEndResult& result);
Napi::Object to_js(Napi::Env env, const ForwarderCounts& counts);

// The wires of this build, each with what this process lacks for it, if it lacks anything.
Napi::Array wires_to_js(Napi::Env env);

}  // namespace nicbench::addon
