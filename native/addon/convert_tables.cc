#include "convert_tables.h"

#include <string>

#include "fields.h"
#include "io/pcap_file.h"
#include "packet/parser.h"

namespace nicbench::addon {
namespace {

// The keys of a capture in the order of its frames.
void read_trace(const std::string& path, BenchmarkConfig& config) {
  PcapFile file(path);
  ParsedFrame parsed;
  while (const auto record = file.next()) {
    const FrameKind kind = parse_frame(record->bytes.data(), record->bytes.size(), parsed);
    if (kind == FrameKind::kIpv4) config.trace4.push_back(parsed.key4);
    if (kind == FrameKind::kIpv6) config.trace6.push_back(parsed.key6);
  }
}

}  // namespace

BenchmarkConfig table_config(const Napi::Object& object) {
  BenchmarkConfig config;
  config.table = text(object, "table");
  config.key = parse_key_kind(text(object, "key"));
  config.operation = parse_operation(text(object, "operation"));
  config.order = parse_key_order(text(object, "order"));
  config.shares.lookup = number(object, "lookupShare");
  config.shares.insert = config.shares.erase = (1 - config.shares.lookup) / 2;
  config.zipf_exponent = number(object, "skew");
  config.burst = integer<std::uint32_t>(object, "burst");
  config.pipelined = boolean(object, "pipelined");
  config.slots = integer<std::uint64_t>(object, "slots");
  config.load_factor = number(object, "loadFactor");
  config.load_from = number(object, "loadFrom");
  config.huge_pages = boolean(object, "hugePages");
  config.seconds = number(object, "seconds");
  config.latency_samples = integer<std::uint64_t>(object, "latencySamples");
  config.seed = integer<std::uint64_t>(object, "seed");
  config.threads = integer<std::uint32_t>(object, "threads");
  config.first_cpu = integer<int>(object, "firstCpu");
  if (object.Has("pcap")) read_trace(text(object, "pcap"), config);
  return config;
}

Napi::Object to_js(Napi::Env env, const TableTrialResult& result) {
  const BenchmarkResult& benchmark = result.benchmark;
  Napi::Object object = Napi::Object::New(env);
  object.Set("operations", js(env, benchmark.operations));
  object.Set("seconds", js(env, benchmark.seconds));
  object.Set("operationsPerSecond", js(env, benchmark.ops_per_s));
  object.Set("nsPerOperation", js(env, benchmark.ns_per_op));
  object.Set("cyclesPerOperation", js(env, benchmark.cycles_per_op));
  object.Set("insertLatency", histogram_to_js(env, benchmark.insert_ns));
  object.Set("timerNs", js(env, benchmark.timer_ns));
  object.Set("hits", js(env, benchmark.hits));
  object.Set("misses", js(env, benchmark.misses));
  object.Set("refused", js(env, benchmark.refused));
  object.Set("wrong", js(env, benchmark.wrong));
  object.Set("live", js(env, benchmark.live));
  object.Set("slots", js(env, benchmark.slots));
  object.Set("memory", js(env, benchmark.memory));
  object.Set("bytesPerEntry", js(env, benchmark.bytes_per_entry));
  object.Set("maxLoad", js(env, benchmark.max_load));
  object.Set("meanProbeLength", js(env, benchmark.mean_probe_length));
  object.Set("maxProbeLength", js(env, benchmark.max_probe_length));
  object.Set("displacementsPerInsert", js(env, benchmark.displacements_per_insert));
  object.Set("pages", std::string(to_string(benchmark.pages)));
  object.Set("lineReadsPerSecond", js(env, result.line_reads_per_s));
  return object;
}

Napi::Object to_js(Napi::Env env, const Limits& limits) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("lineReadsPerSecond", js(env, limits.line_reads_per_s));
  object.Set("dependentReadNs", js(env, limits.dependent_read_ns));
  object.Set("sequentialBytesPerSecond", js(env, limits.sequential_bytes_per_s));
  object.Set("workingSet", js(env, limits.working_set));
  object.Set("pages", std::string(to_string(limits.pages)));
  return object;
}

}  // namespace nicbench::addon
