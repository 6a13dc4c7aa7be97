// Between JavaScript objects and trials of the generator alone. Field names are those of src/native/generator.ts.
#pragma once

#include <napi.h>

#include "dataplane/generator_trial.h"

namespace nicbench::addon {

// Throws UserError BAD_ARGUMENT, naming the field, for missing fields and wrong types.
GeneratorTrialConfig generator_config(const Napi::Object& object);

Napi::Object to_js(Napi::Env env, const GeneratorTrialConfig& config, const GeneratorTrialResult& result);

}  // namespace nicbench::addon
