#include "convert_gateway.h"

#include "convert.h"
#include "fields.h"
#include "trial_fields.h"

namespace nicbench::addon {
namespace {

Napi::Object frame_counts(Napi::Env env, const GatewayTrialResult& result) {
  return frames_to_js(env, result.phase->counts,
                      {{"wire to dut", "ring full", result.phase->counts.wire_full},
                       {"dut tracker", "refused", result.dut_dropped},
                       {"wire to tester", "ring full", result.dut_wire_full}});
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
  config.rate = rate_of(traffic);
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
