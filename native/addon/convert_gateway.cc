#include "convert_gateway.h"

#include "convert.h"
#include "fields.h"

namespace nicbench::addon {
namespace {

Napi::Object object_in(const Napi::Object& object, const char* field) {
  if (!object.Get(field).IsObject()) bad_argument(field, "an object");
  return object.Get(field).As<Napi::Object>();
}

Napi::Object frame_counts(Napi::Env env, const GatewayTrialResult& result) {
  const TesterCounts& counts = result.phase->counts;
  Napi::Object frames = Napi::Object::New(env);
  frames.Set("sent", js(env, counts.sent));
  frames.Set("received", js(env, counts.received));
  Napi::Array drops = Napi::Array::New(env);
  std::uint32_t n = 0;
  const auto add = [&](const char* place, const char* cause, std::uint64_t lost) {
    if (lost == 0) return;
    Napi::Object drop = Napi::Object::New(env);
    drop.Set("place", place);
    drop.Set("cause", cause);
    drop.Set("frames", js(env, lost));
    drops.Set(n++, drop);
  };
  add("wire to dut", "ring full", counts.wire_full);
  add("dut tracker", "refused", result.dut_dropped);
  add("wire to tester", "ring full", result.dut_wire_full);
  frames.Set("drops", drops);
  return frames;
}

Napi::Object wire_to_js(Napi::Env env, const GatewayTrialResult& result) {
  const TesterCounts& counts = result.phase->counts;
  Napi::Object wire = Napi::Object::New(env);
  wire.Set("seconds", js(env, result.phase->seconds));
  wire.Set("frames", frame_counts(env, result));
  wire.Set("receivedBytes", js(env, counts.received_bytes));
  wire.Set("probesSent", js(env, counts.probes_sent));
  wire.Set("probesReceived", js(env, counts.probes_received));
  wire.Set("createdLate", js(env, result.created_late));
  wire.Set("generatorLimited", Napi::Boolean::New(env, result.generator_limited));
  wire.Set("generatorCpuShare", js(env, result.generator_cpu_share));
  wire.Set("latency", histogram_to_js(env, result.latency));
  return wire;
}

}  // namespace

GatewayTrialConfig gateway_config(const Napi::Object& object) {
  GatewayTrialConfig config;
  config.table = text(object, "table");
  config.test = choice(object, "test", gateway_test_of);
  config.over_wire = boolean(object, "overWire");
  config.capacity = integer<std::size_t>(object, "capacity");
  config.tracker = tracker_config(object_in(object, "tracker"));
  const Napi::Object traffic = object_in(object, "traffic");
  config.traffic.connections = integer<std::uint32_t>(traffic, "connections");
  config.traffic.frame_size = integer<std::uint16_t>(traffic, "frameSize");
  config.traffic.seed = integer<std::uint64_t>(traffic, "seed");
  config.rate = traffic.Get("rate").IsString() ? 0 : number(traffic, "rate");
  if (!(config.rate >= 0)) bad_argument("rate", "a number of frames per second, or \"max\"");
  config.warmup_seconds = number(object, "warmupSeconds");
  config.duration_seconds = number(object, "durationSeconds");
  config.probe_every = integer<std::uint32_t>(object, "probeEvery");
  config.ring_size = integer<std::size_t>(object, "ringSize");
  config.generator_cpu = integer<int>(object, "generatorCpu");
  config.dut_cpu = integer<int>(object, "dutCpu");
  return config;
}

Napi::Object to_js(Napi::Env env, const GatewayTrialConfig& /*config*/, const GatewayTrialResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("rounds", js(env, result.rounds));
  object.Set("offered", js(env, result.offered));
  object.Set("established", js(env, result.established));
  object.Set("answered", js(env, result.answered));
  object.Set("wrong", js(env, result.wrong));
  object.Set("openSeconds", js(env, result.open_seconds));
  object.Set("tornDown", js(env, result.torn_down));
  object.Set("leftOver", js(env, result.left_over));
  object.Set("tearDownSeconds", js(env, result.tear_down_seconds));
  object.Set("frameCauses", causes_to_js(env, result.tracker));
  object.Set("liveFlows", js(env, result.live_flows));
  object.Set("tableBytes", js(env, result.table_bytes));
  object.Set("trackerBytes", js(env, result.tracker_bytes));
  object.Set("dutCpuShare", js(env, result.dut_cpu_share));
  if (result.phase) object.Set("wire", wire_to_js(env, result));
  return object;
}

}  // namespace nicbench::addon
