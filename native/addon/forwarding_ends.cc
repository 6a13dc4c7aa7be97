#include "forwarding_ends.h"

#include <string>

#include "convert_forwarding.h"
#include "task.h"

namespace nicbench::addon {
namespace {

// The ends that this agent has of trials whose other end is elsewhere. Never destroyed: a thread may still be in them
// when the process ends.
struct ForwardingEnds {
  GeneratorEnd generator;
  ForwarderEnd forwarder;
};

ForwardingEnds& ends() {
  static ForwardingEnds& the_ends = *new ForwardingEnds;
  return the_ends;
}

struct Nothing {};

Napi::Value prepare_generator(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const GeneratorEndConfig config = generator_end_config(object_argument(info, 0));
    return start_alone<Nothing>(
        info.Env(),
        [config](std::atomic<bool>& stop) {
          ends().generator.prepare(config, stop);
          return Nothing{};
        },
        [](Napi::Env env, const Nothing&) { return Napi::Object::New(env); });
  });
}

Napi::Value run_generator(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_alone<GeneratorEndResult>(
        info.Env(), [](std::atomic<bool>& stop) { return ends().generator.run(stop); },
        [](Napi::Env env, const GeneratorEndResult& result) { return to_js(env, result); });
  });
}

Napi::Value release_generator(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_alone<Nothing>(
        info.Env(),
        [](std::atomic<bool>&) {
          ends().generator.release();
          return Nothing{};
        },
        [](Napi::Env env, const Nothing&) { return Napi::Object::New(env); });
  });
}

Napi::Value start_forwarder(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const ForwarderConfig config = forwarder_config(object_argument(info, 0));
    return Task<std::string>::start(
        info.Env(), [config] { return ends().forwarder.start(config); },
        [](Napi::Env env, const std::string& port) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("port", port);
          return object;
        });
  });
}

Napi::Value forwarder_counts(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value { return to_js(info.Env(), ends().forwarder.counts()); });
}

Napi::Value stop_forwarder(const Napi::CallbackInfo& info) {
  ends().forwarder.stop();
  return info.Env().Undefined();
}

}  // namespace

void export_forwarding_ends(Napi::Env env, Napi::Object& exports) {
  exports.Set("prepareGenerator", Napi::Function::New(env, prepare_generator));
  exports.Set("runGenerator", Napi::Function::New(env, run_generator));
  exports.Set("releaseGenerator", Napi::Function::New(env, release_generator));
  exports.Set("startForwarder", Napi::Function::New(env, start_forwarder));
  exports.Set("forwarderCounts", Napi::Function::New(env, forwarder_counts));
  exports.Set("stopForwarder", Napi::Function::New(env, stop_forwarder));
}

}  // namespace nicbench::addon
