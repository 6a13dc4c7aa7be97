#include "convert_generator.h"

#include "convert.h"
#include "fields.h"
#include "trial_fields.h"

namespace nicbench::addon {

GeneratorTrialConfig generator_config(const Napi::Object& object) {
  GeneratorTrialConfig config;
  config.wire = text(object, "wire");
  read_load(object, config);
  config.generator_cpu = integer<int>(object, "generatorCpu");
  config.sink_cpu = integer<int>(object, "sinkCpu");
  return config;
}

Napi::Object to_js(Napi::Env env, const GeneratorTrialConfig& config, const GeneratorTrialResult& result) {
  const TesterCounts& counts = result.phase.counts;
  Napi::Object object = Napi::Object::New(env);
  set_sending(env, object, config, result.phase);
  object.Set("wire", result.wire);
  object.Set("sentFrames", js(env, counts.sent));
  object.Set("interfaceDrops", js(env, result.interface_drops));
  object.Set("generatorCpuShare", js(env, result.generator_cpu_share));
  object.Set("clockReadNs", js(env, result.clock_read_ns));
  return object;
}

}  // namespace nicbench::addon
