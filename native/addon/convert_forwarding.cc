#include "convert_forwarding.h"

#include <string>

#include "common/clock.h"
#include "convert.h"
#include "convert_series.h"
#include "fields.h"
#include "io/privilege.h"
#include "io/wires.h"
#include "trial_fields.h"

namespace nicbench::addon {
namespace {

Mishap mishap(const Napi::Object& object) {
  if (object.Get("mishap").IsUndefined()) return Mishap::kNone;
  const std::string name = text(object, "mishap");
  if (name == "link-down") return Mishap::kLinkDown;
  if (name == "interface-gone") return Mishap::kInterfaceGone;
  bad_argument("mishap", "link-down or interface-gone");
}

Napi::Object frame_counts(Napi::Env env, const ForwardingTrialResult& result) {
  return frames_to_js(env, result.phase.counts,
                      {{"wire to dut", "ring full", result.phase.counts.wire_full},
                       {"wire to dut", "no room at the receiver", result.lost_to_dut},
                       {"wire to tester", "ring full", result.dut_wire_full},
                       {"wire to tester", "no room at the receiver", result.lost_to_tester},
                       {"wire", "dropped by an interface", result.lost_between}});
}

// Left out for the thread's.
Timestamps timestamps(const Napi::Object& object) {
  if (!object.Has("timestamps")) return Timestamps::kThread;
  if (text(object, "timestamps") == "software") return Timestamps::kSoftware;
  bad_argument("timestamps", "software, or left out");
}

// slots: frames that the port holds.
HostPort host_port(const Napi::Object& object) {
  return {text(object, "wire"),
          {.interface = text(object, "device"),
           .slots = integer<std::size_t>(object, "slots"),
           .queues = object.Has("queues") ? integer<std::size_t>(object, "queues") : 1,
           .timestamps = timestamps(object)},
          object.Has("namespaceOf") ? integer<int>(object, "namespaceOf") : 0};
}

const char* name_of(WireEnds ends) {
  switch (ends) {
    case WireEnds::kInterfaces: return "interfaces";
    case WireEnds::kDevices: return "devices";
    case WireEnds::kItself: break;
  }
  return "itself";
}

// lacks: on this host, which may be more than the build.
Napi::Object wire_to_js(Napi::Env env, const WireInfo& info, const std::string& lacks) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", std::string(info.name));
  object.Set("title", std::string(info.title));
  if (!lacks.empty()) object.Set("lacks", lacks);
  object.Set("ends", name_of(info.ends));
  object.Set("queues", js(env, static_cast<std::uint64_t>(info.most_queues)));
  if (info.stamps) object.Set("timestamps", "software");
  return object;
}

}  // namespace

ForwardingTrialConfig forwarding_config(const Napi::Object& object) {
  ForwardingTrialConfig config;
  config.wire = text(object, "wire");
  if (object.Has("testerWire")) config.tester_wire = text(object, "testerWire");
  read_load(object, config);
  config.probe_every = integer<std::uint32_t>(object, "probeEvery");
  config.ring_size = integer<std::size_t>(object, "ringSize");
  config.window = integer<std::size_t>(object, "window");
  config.burst = integer<std::size_t>(object, "burst");
  config.generator_cpu = integer<int>(object, "generatorCpu");
  config.dut_cpus = integers<int>(object, "dutCpus");
  config.series_interval_seconds = number(object, "seriesIntervalSeconds");
  config.timestamps = timestamps(object);
  config.slowdown = slowdown(object);
  config.mishap = mishap(object);
  return config;
}

Napi::Object to_js(Napi::Env env, const ForwardingTrialConfig& config, const ForwardingTrialResult& result) {
  Napi::Object object = Napi::Object::New(env);
  set_common(env, object, config, result);
  object.Set("frames", frame_counts(env, result));
  object.Set("wire", result.wire);
  object.Set("testerWire", result.tester_wire);
  object.Set("foreignFrames", js(env, result.dut_foreign + result.phase.counts.foreign));
  if (!result.series.empty()) object.Set("series", series_to_js(env, result.series));
  return object;
}

GeneratorEndConfig generator_end_config(const Napi::Object& object) {
  GeneratorEndConfig config;
  config.port = host_port(object_in(object, "port"));
  read_load(object, config);
  config.probe_every = integer<std::uint32_t>(object, "probeEvery");
  config.window = integer<std::size_t>(object, "window");
  config.cpu = integer<int>(object, "cpu");
  config.series_interval_seconds = number(object, "seriesIntervalSeconds");
  return config;
}

ForwarderConfig forwarder_config(const Napi::Object& object) {
  ForwarderConfig config;
  config.port = host_port(object_in(object, "port"));
  config.burst = integer<std::size_t>(object, "burst");
  config.cpus = integers<int>(object, "cpus");
  return config;
}

Napi::Object to_js(Napi::Env env, const GeneratorEndResult& result) {
  Napi::Object object = Napi::Object::New(env);
  set_generated(env, object, result.config, result);
  const TesterCounts& counts = result.phase.counts;
  object.Set("frames", frames_to_js(env, counts,
                                    {{"wire to dut", "ring full", counts.wire_full},
                                     {"wire to tester", "no room at the receiver", result.lost_at_port}}));
  object.Set("port", result.port);
  object.Set("startedAt", js(env, result.started_at));
  set_last_due(env, object, result.phase);
  object.Set("foreignFrames", js(env, counts.foreign));
  if (!result.series.empty()) object.Set("series", series_to_js(env, result.series));
  return object;
}

Napi::Object to_js(Napi::Env env, const ForwarderCounts& counts) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("frames", js(env, counts.frames));
  object.Set("foreignFrames", js(env, counts.foreign));
  object.Set("wireFull", js(env, counts.wire_full));
  object.Set("lost", js(env, counts.lost));
  object.Set("busyCycles", js(env, counts.busy_ticks));
  object.Set("totalCycles", js(env, counts.total_ticks));
  object.Set("cpuShare", js(env, counts.cpu_share));
  return object;
}

Napi::Array wires_to_js(Napi::Env env) {
  Napi::Array wires = Napi::Array::New(env);
  std::uint32_t n = 0;
  const WireInfo ring{"ring", "Rings in memory, without a NIC and without privilege", "", WireEnds::kItself,
                      kMaxQueues};
  wires.Set(n++, wire_to_js(env, ring, ""));
  const std::string privilege = missing_privilege();
  for (const WireInfo& info : wire_infos()) {
    const std::string missing(info.missing);
    const std::string& lacks = missing.empty() && info.ends == WireEnds::kInterfaces ? privilege : missing;
    wires.Set(n++, wire_to_js(env, info, lacks));
  }
  return wires;
}

}  // namespace nicbench::addon
