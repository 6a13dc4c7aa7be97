// nicbench.node: what the agent calls. Long work runs off the JavaScript thread and comes back as a promise;
// a UserError becomes an Error with `code` and `hint`.

#include <napi.h>

#include <algorithm>
#include <atomic>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "common/calibration_loop.h"
#include "common/clock.h"
#include "common/user_error.h"
#include "convert.h"
#include "convert_forwarding.h"
#include "convert_gateway.h"
#include "convert_generator.h"
#include "convert_rules.h"
#include "convert_tables.h"
#include "fields.h"
#include "forwarding_ends.h"
#include "hashtables/bench/providers.h"
#include "hashtables/registry.h"
#include "hashtables/shared/sharing.h"
#include "nic_rules.h"
#include "rule_table.h"
#include "task.h"
#include "xdp.h"

namespace nicbench::addon {
namespace {

template <class Config, class Result>
Napi::Value start_trial(Napi::Env env, const Config& config, Result (*run)(const Config&, std::atomic<bool>&)) {
  return start_alone<Result>(
      env, [config, run](std::atomic<bool>& stop) { return run(config, stop); },
      [config](Napi::Env result_env, const Result& result) { return to_js(result_env, config, result); });
}

Napi::Value start_conntrack_trial(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_trial(info.Env(), conntrack_config(object_argument(info, 0)), run_conntrack_trial);
  });
}

Napi::Value start_forwarding_trial(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_trial(info.Env(), forwarding_config(object_argument(info, 0)), run_forwarding_trial);
  });
}

Napi::Value start_gateway_trial(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_trial(info.Env(), gateway_config(object_argument(info, 0)), run_gateway_trial);
  });
}

Napi::Value start_generator_trial(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_trial(info.Env(), generator_config(object_argument(info, 0)), run_generator_trial);
  });
}

Napi::Value start_rules_trial(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_trial(info.Env(), rules_config(object_argument(info, 0)), run_rules_trial);
  });
}

Napi::Value start_rule_rate_trial(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return start_trial(info.Env(), rule_rate_config(object_argument(info, 0)), run_rule_rate);
  });
}

Napi::Value inspect(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    if (!info[0].IsString()) throw UserError("BAD_ARGUMENT", "A path was expected.", "");
    const std::string file = info[0].As<Napi::String>();
    return Task<PcapInspection>::start(
        info.Env(), [file] { return inspect_pcap(file); },
        [file](Napi::Env env, const PcapInspection& result) { return to_js(env, file, result); });
  });
}

Napi::Value summarise(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const TrafficConfig config = traffic_config(object_argument(info, 0));
    if (!info[1].IsNumber()) throw UserError("BAD_ARGUMENT", "A number of frames was expected.", "");
    const auto frames = static_cast<std::uint64_t>(std::max<std::int64_t>(0, info[1].As<Napi::Number>().Int64Value()));
    return Task<TrafficSummary>::start(
        info.Env(), [config, frames] { return summarise_traffic(config, frames); },
        [](Napi::Env env, const TrafficSummary& result) { return to_js(env, result); });
  });
}

// (traffic, number of frames, path, replace)
Napi::Value generate(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const TrafficConfig config = traffic_config(object_argument(info, 0));
    const Pacing times = pacing(object_argument(info, 0), config);
    const auto frames = whole_number<std::uint64_t>(info[1], "frames");
    if (!info[2].IsString()) throw UserError("BAD_ARGUMENT", "A path was expected.", "");
    const std::string file = info[2].As<Napi::String>();
    const bool replace = info[3].ToBoolean();
    return Task<TrafficSummary>::start(
        info.Env(), [=] { return write_traffic(config, times, frames, file, replace); },
        [](Napi::Env env, const TrafficSummary& result) { return to_js(env, result); });
  });
}

// Working sets of the limit that a table is held against are measured for this long.
constexpr double kLimitSeconds = 0.05;

// Turns what set-up code throws for too little memory into something that a person can mend.
template <class F>
auto with_memory_advice(F&& body) {
  try {
    return body();
  } catch (const std::bad_alloc&) {
    throw UserError("OUT_OF_MEMORY", "This host has too little memory for the table.", "Use fewer slots.");
  } catch (const std::length_error& error) {
    throw UserError("CAPACITY", error.what(), "Use fewer slots.");
  }
}

Napi::Value start_table_trial(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const BenchmarkConfig config = table_config(object_argument(info, 0));
    return Task<TableTrialResult>::start(
        info.Env(),
        [config] {
          return with_memory_advice([&] {
            TableTrialResult result;
            result.benchmark = run_benchmark(config, all_tables());
            if (config.threads == 1) {
              LimitProbe probe(result.benchmark.memory, config.huge_pages);
              result.line_reads_per_s = probe.line_reads_per_s(kLimitSeconds);
            }
            return result;
          });
        },
        [](Napi::Env env, const TableTrialResult& result) { return to_js(env, result); });
  });
}

// (bytes of the working set, huge pages, seconds for each measurement)
Napi::Value start_limits(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object argument = object_argument(info, 0);
    const auto bytes = integer<std::uint64_t>(argument, "workingSet");
    const bool huge_pages = boolean(argument, "hugePages");
    const double seconds = number(argument, "seconds");
    return Task<Limits>::start(
        info.Env(), [=] { return with_memory_advice([&] { return measure_limits(bytes, huge_pages, seconds); }); },
        [](Napi::Env env, const Limits& limits) { return to_js(env, limits); });
  });
}

// (CPUs to read at once)
Napi::Value start_calibration(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const std::vector<int> cpus = integers<int>(object_argument(info, 0), "cpus");
    if (cpus.empty()) bad_argument("cpus", "one CPU or more");
    return Task<CalibrationReading>::start(
        info.Env(), [cpus] { return read_calibration(cpus); },
        [](Napi::Env env, const CalibrationReading& reading) {
          Napi::Object object = Napi::Object::New(env);
          object.Set("workNs", js(env, reading.work_ns));
          object.Set("handOverNs", js(env, reading.hand_over_ns));
          object.Set("tscSeconds", js(env, reading.tsc_seconds));
          object.Set("monotonicSeconds", js(env, reading.monotonic_seconds));
          object.Set("wallSeconds", js(env, reading.wall_seconds));
          return object;
        });
  });
}

Napi::Object named(Napi::Env env, std::string_view name, std::string_view title) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", std::string(name));
  object.Set("title", std::string(title));
  return object;
}

// Every way of sharing with the tables that it goes with.
Napi::Array sharing_info(Napi::Env env) {
  Napi::Array array = Napi::Array::New(env);
  for (std::uint32_t i = 0; i < kSharingNames.size(); ++i) {
    Napi::Array tables = Napi::Array::New(env);
    std::uint32_t n = 0;
    for (const TableInfo& table : table_infos(static_cast<Sharing>(i))) tables.Set(n++, std::string(table.name));
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("name", std::string(kSharingNames[i]));
    entry.Set("tables", tables);
    array.Set(i, entry);
  }
  return array;
}

Napi::Value build_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object object = Napi::Object::New(env);
  object.Set("compiler", std::string(
#if defined(__clang__)
                             "clang "
#elif defined(__GNUC__)
                             "gcc "
#endif
                             __VERSION__));
  object.Set("flags", NICBENCH_BUILD_FLAGS);
  object.Set("buildType", NICBENCH_BUILD_TYPE);
  object.Set("tscHz", Napi::Number::New(env, ticks_per_second()));
  Napi::Array tables = Napi::Array::New(env);
  std::uint32_t n = 0;
  for (const auto& table : table_infos()) {
    Napi::Object entry = named(env, table.name, table.title);
    entry.Set("source", std::string(table.source));
    tables.Set(n++, entry);
  }
  object.Set("tables", tables);
  object.Set("sharing", sharing_info(env));
  Napi::Array peers = Napi::Array::New(env);
  n = 0;
  for (const auto& table : peer_tables().tables) {
    Napi::Object entry = named(env, table.name, table.title);
    entry.Set("source", std::string(table.source));
    peers.Set(n++, entry);
  }
  object.Set("peers", peers);
  Napi::Array missing = Napi::Array::New(env);
  n = 0;
  for (const MissingTable& table : missing_tables()) missing.Set(n++, named(env, table.name, table.how_to_get));
  object.Set("missingPeers", missing);
  object.Set("wires", wires_to_js(env));
  Napi::Array profiles = Napi::Array::New(env);
  profiles.Set(0u, named(env, "uniform", "Every flow equally likely, UDP frames of one size"));
  profiles.Set(1u, named(env, "zipf", "Flow k with weight 1/k^skew, UDP frames of one size"));
  profiles.Set(2u, named(env, "campus", "Flow lengths and frame sizes of a campus's Internet link"));
  object.Set("profiles", profiles);
  return object;
}

Napi::Object export_all(Napi::Env env, Napi::Object exports) {
  exports.Set("info", Napi::Function::New(env, build_info));
  exports.Set("startConntrackTrial", Napi::Function::New(env, start_conntrack_trial));
  exports.Set("startForwardingTrial", Napi::Function::New(env, start_forwarding_trial));
  exports.Set("startGatewayTrial", Napi::Function::New(env, start_gateway_trial));
  export_forwarding_ends(env, exports);
  export_nic_rules(env, exports);
  export_xdp(env, exports);
  exports.Set("startGeneratorTrial", Napi::Function::New(env, start_generator_trial));
  exports.Set("startRulesTrial", Napi::Function::New(env, start_rules_trial));
  exports.Set("startRuleRateTrial", Napi::Function::New(env, start_rule_rate_trial));
  export_rule_table(env, exports);
  exports.Set("startTableTrial", Napi::Function::New(env, start_table_trial));
  exports.Set("readCalibration", Napi::Function::New(env, start_calibration));
  exports.Set("measureLimits", Napi::Function::New(env, start_limits));
  exports.Set("inspectPcap", Napi::Function::New(env, inspect));
  exports.Set("summariseTraffic", Napi::Function::New(env, summarise));
  exports.Set("generateTraffic", Napi::Function::New(env, generate));
  return exports;
}

}  // namespace
}  // namespace nicbench::addon

static Napi::Object init(Napi::Env env, Napi::Object exports) { return nicbench::addon::export_all(env, exports); }

NODE_API_MODULE(nicbench, init)
