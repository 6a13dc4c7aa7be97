#include "convert.h"

#include <optional>
#include <string>

#include "common/clock.h"
#include "convert_series.h"
#include "fields.h"
#include "trial_fields.h"

namespace nicbench::addon {
namespace {

Fault fault(const Napi::Object& object) {
  if (object.Get("fault").IsUndefined()) return Fault::kNone;
  const std::string name = text(object, "fault");
  if (name == "crash") return Fault::kCrash;
  if (name == "hang") return Fault::kHang;
  if (name == "stall") return Fault::kStall;
  bad_argument("fault", "crash, hang or stall");
}

Napi::Array workers_to_js(Napi::Env env, const std::vector<WorkerResult>& workers) {
  return array_to_js(env, workers, [env](const WorkerResult& worker) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("frames", js(env, worker.frames));
    object.Set("busyCycles", js(env, worker.busy_ticks));
    object.Set("totalCycles", js(env, worker.total_ticks));
    object.Set("liveFlows", js(env, worker.live_flows));
    return object;
  });
}

Napi::Object cycles_to_js(Napi::Env env, const TrackerTotals& totals, double clock_read_ticks) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("parse", js(env, totals.parse));
  object.Set("lookup", js(env, totals.lookup));
  object.Set("insert", js(env, totals.insert));
  object.Set("expiry", js(env, totals.expiry));
  object.Set("rest", js(env, totals.rest));
  object.Set("frames", js(env, totals.sampled_frames));
  object.Set("clockReads", js(env, totals.clock_reads));
  object.Set("clockReadCycles", js(env, clock_read_ticks));
  return object;
}

Napi::Object frame_counts(Napi::Env env, const ConntrackTrialResult& result) {
  const auto dropped = [&](FrameCause cause) { return result.tracker.frames_of(cause); };
  return frames_to_js(env, result.phase.counts,
                      {{"wire to dut", "ring full", result.phase.counts.wire_full},
                       {"dut tracker", "table full", dropped(FrameCause::kTableFull)},
                       {"dut tracker", "ports exhausted", dropped(FrameCause::kPortsExhausted)},
                       {"dut tracker", "tuple in use", dropped(FrameCause::kTupleInUse)},
                       {"dut tracker", "untranslatable", dropped(FrameCause::kUntranslatable)},
                       {"dut tracker", "invalid", dropped(FrameCause::kInvalidDropped)},
                       {"wire to tester", "ring full", result.dut_wire_full}});
}

}  // namespace

TrackerConfig tracker_config(const Napi::Object& object) {
  TrackerConfig config;
  config.use = choice(object, "use", use_of);
  config.replies = choice(object, "replies", replies_of);
  config.balancing = choice(object, "balancing", balancing_of);
  config.backends = integer<std::uint32_t>(object, "backends");
  config.nat_addresses = integer<std::uint16_t>(object, "natAddresses");
  config.loose = boolean(object, "loose");
  config.check_windows = boolean(object, "checkWindows");
  config.drop_invalid = boolean(object, "dropInvalid");
  config.expiry = choice(object, "expiry", expiry_of);
  config.expiry_interval = number(object, "expiryIntervalSeconds");
  config.scan_incremental = boolean(object, "scanIncremental");
  config.timeout = number(object, "timeoutSeconds");
  const Napi::Object timeouts = object_in(object, "timeouts");
  for (const TimeoutDefault& known : kTimeoutDefaults) {
    const std::string name(known.name);
    if (timeouts.Has(name)) config.timeouts.emplace_back(*timeout_class(known.name), number(timeouts, name.c_str()));
  }
  return config;
}

Napi::Object causes_to_js(Napi::Env env, const TrackerTotals& totals) {
  Napi::Object object = Napi::Object::New(env);
  for (std::size_t i = 0; i < kFrameCauses; ++i) {
    if (totals.frames[i] > 0) object.Set(std::string(kFrameCauseNames[i]), js(env, totals.frames[i]));
  }
  return object;
}

ConntrackTrialConfig conntrack_config(const Napi::Object& object) {
  ConntrackTrialConfig config;
  config.table = text(object, "table");
  config.sharing = choice(object, "sharing", sharing_of);
  config.capacity = integer<std::size_t>(object, "capacity");
  config.tracker = tracker_config(object_in(object, "tracker"));
  read_load(object, config);
  config.probe_every = integer<std::uint32_t>(object, "probeEvery");
  config.ring_size = integer<std::size_t>(object, "ringSize");
  config.generator_cpu = integer<int>(object, "generatorCpu");
  config.dut_cpus = integers<int>(object, "dutCpus");
  config.rss.symmetric = boolean(object, "symmetricRss");
  config.rss.reta_entries = integer<std::size_t>(object, "retaEntries");
  config.series_interval_seconds = number(object, "seriesIntervalSeconds");
  config.slowdown = slowdown(object);
  config.fault = fault(object);
  return config;
}

Napi::Object to_js(Napi::Env env, const ConntrackTrialConfig& config, const ConntrackTrialResult& result) {
  Napi::Object object = Napi::Object::New(env);
  set_common(env, object, config, result);
  object.Set("frames", frame_counts(env, result));
  object.Set("workers", workers_to_js(env, result.workers));
  object.Set("tscHz", js(env, ticks_per_second()));
  object.Set("liveFlows", js(env, result.live_flows));
  object.Set("expectedFlows", js(env, result.expected_flows));
  object.Set("newFlows", js(env, result.tracker.created));
  object.Set("closedFlows", js(env, result.tracker.closed));
  object.Set("expiredFlows", js(env, result.tracker.expired));
  object.Set("bornFlows", js(env, result.born_flows));
  object.Set("frameCauses", causes_to_js(env, result.tracker));
  if (result.tracker.sampled_frames > 0) {
    object.Set("cycleSplit", cycles_to_js(env, result.tracker, result.clock_read_ticks));
  }
  object.Set("tableBytes", js(env, result.table_bytes));
  object.Set("trackerBytes", js(env, result.tracker_bytes));
  if (!result.series.empty()) object.Set("series", series_to_js(env, result.series, result.tracker_series));
  return object;
}

Napi::Object to_js(Napi::Env env, const std::string& file, const PcapInspection& inspection) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("file", file);
  object.Set("format", "pcap");
  object.Set("byteOrder", inspection.big_endian ? "big" : "little");
  object.Set("timestampUnit", inspection.nanoseconds ? "ns" : "us");
  object.Set("linkType", js(env, std::uint64_t{inspection.link_type}));
  object.Set("snapLength", js(env, std::uint64_t{inspection.snap_length}));
  object.Set("frames", js(env, inspection.frames));
  object.Set("capturedBytes", js(env, inspection.captured_bytes));
  object.Set("originalBytes", js(env, inspection.original_bytes));
  object.Set("durationSeconds", js(env, inspection.duration_seconds));
  object.Set("flows", js(env, inspection.flows));
  object.Set("connections", js(env, inspection.connections));
  object.Set("ends", array_to_js(env, inspection.ends, [env](const PcapEnds& ends) {
               Napi::Object entry = Napi::Object::New(env);
               entry.Set("version", js(env, std::uint64_t{ends.version}));
               entry.Set("side", ends.side);
               entry.Set("addresses", js(env, ends.addresses));
               entry.Set("prefix", ends.prefix);
               if (ends.ports)
                 entry.Set("ports", array_to_js(env, std::array{ends.ports->first, ends.ports->second},
                                                [env](auto port) { return js(env, std::uint64_t{port}); }));
               return entry;
             }));
  Napi::Object protocols = Napi::Object::New(env);
  for (const auto& [name, count] : inspection.protocols) protocols.Set(name, js(env, count));
  object.Set("protocols", protocols);
  object.Set("sizes", pairs_to_js(env, inspection.sizes));
  Napi::Array problems = Napi::Array::New(env);
  for (std::uint32_t i = 0; i < inspection.problems.size(); ++i) {
    const PcapProblem& problem = inspection.problems[i];
    Napi::Object entry = Napi::Object::New(env);
    entry.Set("kind", problem.kind);
    entry.Set("count", js(env, problem.count));
    entry.Set("firstFrame", js(env, problem.first_frame));
    problems.Set(i, entry);
  }
  object.Set("problems", problems);
  return object;
}

Napi::Object to_js(Napi::Env env, const TrafficSummary& summary) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("frames", js(env, summary.frames));
  object.Set("bytes", js(env, summary.bytes));
  object.Set("flows", js(env, summary.flows));
  object.Set("digest", hex(env, summary.digest));
  return object;
}

}  // namespace nicbench::addon
