#include "forwarding_ends.h"

#include <string>
#include <vector>

#include "convert.h"
#include "convert_forwarding.h"
#include "dataplane/matched_flows.h"
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

// Four numbers each: source, destination, source port, destination port.
Napi::Object flows_to_js(Napi::Env env, const std::vector<FiveTuple4>& flows) {
  Napi::Uint32Array values = Napi::Uint32Array::New(env, 4 * flows.size());
  std::size_t at = 0;
  for (const FiveTuple4& flow : flows) {
    values[at++] = to_be32(flow.source);
    values[at++] = to_be32(flow.destination);
    values[at++] = to_be16(flow.source_port);
    values[at++] = to_be16(flow.destination_port);
  }
  return values;
}

// (traffic, share)
Napi::Value match_flows(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const TrafficConfig config = traffic_config(object_argument(info, 0));
    const double share = info[1].ToNumber().DoubleValue();
    return Task<std::vector<FiveTuple4>>::start(
        info.Env(), [config, share] { return flows_to_match(config, share); }, flows_to_js);
  });
}

// Ends the running trial early; its promise rejects with STOPPED. Returns false if none runs.
Napi::Value stop_trial(const Napi::CallbackInfo& info) {
  slot().stop = true;
  return Napi::Boolean::New(info.Env(), slot().running);
}

}  // namespace

void export_forwarding_ends(Napi::Env env, Napi::Object& exports) {
  exports.Set("prepareGenerator", Napi::Function::New(env, prepare_generator));
  exports.Set("runGenerator", Napi::Function::New(env, run_generator));
  exports.Set("releaseGenerator", Napi::Function::New(env, release_generator));
  exports.Set("startForwarder", Napi::Function::New(env, start_forwarder));
  exports.Set("forwarderCounts", Napi::Function::New(env, forwarder_counts));
  exports.Set("stopForwarder", Napi::Function::New(env, stop_forwarder));
  exports.Set("flowsToMatch", Napi::Function::New(env, match_flows));
  exports.Set("stopTrial", Napi::Function::New(env, stop_trial));
}

}  // namespace nicbench::addon
