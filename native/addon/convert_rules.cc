#include "convert_rules.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "convert_series.h"
#include "fields.h"
#include "trial_fields.h"

namespace nicbench::addon {

std::vector<Rule> listed_rules(const Napi::Object& object) {
  if (!object.Get("bytes").IsBuffer()) bad_argument("bytes", "a buffer");
  const auto bytes = object.Get("bytes").As<Napi::Buffer<std::uint8_t>>();
  return decode_rules({bytes.Data(), bytes.Length()}, texts(object, "names"));
}

namespace {

std::optional<Drops> parse_drops(std::string_view name) noexcept {
  if (name == "rest") return Drops::kRest;
  if (name == "updated") return Drops::kUpdated;
  return std::nullopt;
}

RuleSetConfig rule_set(const Napi::Object& object) {
  RuleSetConfig config;
  config.rules = integer<std::uint64_t>(object, "rules");
  config.tables = integer<std::uint16_t>(object, "tables");
  config.match = text(object, "match");
  config.actions = text(object, "actions");
  config.capacity = integer<std::uint64_t>(object, "capacity");
  config.seed = integer<std::uint64_t>(object, "seed");
  config.masks = integer<std::uint16_t>(object, "masks");
  if (object.Has("matchFrom")) config.match_from = integer<std::uint64_t>(object, "matchFrom");
  if (object.Has("drops")) config.drops = choice<Drops>(object, "drops", parse_drops);
  if (object.Has("listed")) {
    config.listed = std::make_shared<const std::vector<Rule>>(listed_rules(object_in(object, "listed")));
  }
  return config;
}

bool first_of(const Napi::Object& object, const char* field, const std::string& first, const std::string& second) {
  const std::string name = text(object, field);
  if (name != first && name != second) bad_argument(field, (first + " or " + second).c_str());
  return name == first;
}

StormConfig storm(const Napi::Object& object) {
  StormConfig config;
  const bool batch = first_of(object, "kind", "batch", "rate");
  config.kind = batch ? StormConfig::Kind::kBatch : StormConfig::Kind::kRate;
  config.operation = choice<RuleOperation>(object, "operation", parse_rule_operation);
  config.size = integer<std::uint64_t>(object, "size");
  config.at = number(object, "at");
  config.rate = number(object, "rate");
  config.same_core = first_of(object, "core", "same", "other");
  return config;
}

Napi::Object storm_to_js(Napi::Env env, const StormResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("intended", js(env, result.intended));
  object.Set("done", js(env, result.done));
  object.Set("refused", js(env, result.refused));
  object.Set("firstSeconds", js(env, result.first_seconds));
  object.Set("seconds", js(env, result.seconds));
  object.Set("latency", histogram_to_js(env, result.latency));
  return object;
}

}  // namespace

RulesTrialConfig rules_config(const Napi::Object& object) {
  RulesTrialConfig config;
  config.wire = text(object, "wire");
  config.window = integer<std::size_t>(object, "window");
  read_load(object, config);
  config.probe_every = integer<std::uint32_t>(object, "probeEvery");
  config.ring_size = integer<std::size_t>(object, "ringSize");
  config.burst = integer<std::size_t>(object, "burst");
  config.generator_cpu = integer<int>(object, "generatorCpu");
  config.dut_cpus = {integer<int>(object, "dutCpu")};
  config.control_cpu = integer<int>(object, "controlCpu");
  config.flow_cache = boolean(object, "flowCache");
  config.series_interval_seconds = number(object, "seriesIntervalSeconds");
  config.slowdown = slowdown(object);
  const Napi::Object rules = object_in(object, "ruleSet");
  config.rule_set = rule_set(rules);
  config.match_share = number(rules, "matchShare");
  if (object.Has("storm")) config.storm = storm(object_in(object, "storm"));
  return config;
}

Napi::Object to_js(Napi::Env env, const RulesTrialConfig& config, const RulesTrialResult& result) {
  Napi::Object object = Napi::Object::New(env);
  set_common(env, object, config, result);
  const std::uint64_t by_rules = result.dut_foreign - std::min(result.dut_foreign, result.unmatched);
  object.Set("frames", frames_to_js(env, result.phase.counts,
                                    {{"wire to dut", "ring full", result.phase.counts.wire_full},
                                     {"dut", "no rule took it", result.unmatched},
                                     {"dut", "a rule says drop", by_rules},
                                     {"wire to dut", "no room at the receiver", result.lost_to_dut},
                                     {"wire to tester", "ring full", result.dut_wire_full},
                                     {"wire to tester", "no room at the receiver", result.lost_to_tester},
                                     {"wire", "dropped by an interface", result.lost_between}}));
  object.Set("wire", result.wire);
  object.Set("testerWire", result.tester_wire);
  set_last_due(env, object, result.phase);
  if (!result.series.empty()) object.Set("series", series_to_js(env, result.series));
  Napi::Object rules = Napi::Object::New(env);
  rules.Set("installed", js(env, result.rules_installed));
  rules.Set("installSeconds", js(env, result.install_seconds));
  rules.Set("bytes", js(env, result.rules_bytes));
  rules.Set("matchedFrames", js(env, result.matched));
  rules.Set("defaultFrames", js(env, result.caught));
  rules.Set("unmatchedFrames", js(env, result.unmatched));
  rules.Set("strayFrames", js(env, result.stray));
  object.Set("rules", rules);
  if (result.storm) object.Set("storm", storm_to_js(env, *result.storm));
  return object;
}

RuleRateConfig rule_rate_config(const Napi::Object& object) {
  RuleRateConfig config;
  config.rule_set = rule_set(object_in(object, "ruleSet"));
  config.operation = choice<RuleOperation>(object, "operation", parse_rule_operation);
  config.operations = integer<std::uint64_t>(object, "operations");
  config.batch = integer<std::uint32_t>(object, "batch");
  config.seconds = number(object, "seconds");
  config.cpus = integers<int>(object, "cpus");
  return config;
}

Napi::Object to_js(Napi::Env env, const RuleRateConfig& /*config*/, const RuleRateResult& result) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("operations", js(env, result.operations));
  object.Set("seconds", js(env, result.seconds));
  object.Set("operationsPerSecond",
             js(env, result.seconds > 0 ? static_cast<double>(result.operations) / result.seconds : 0));
  object.Set("refused", js(env, result.refused));
  object.Set("wrong", js(env, result.wrong));
  object.Set("installed", js(env, result.installed));
  object.Set("bytes", js(env, result.bytes));
  object.Set("latency", histogram_to_js(env, result.latency));
  object.Set("involuntarySwitches", js(env, result.involuntary_switches));
  return object;
}

}  // namespace nicbench::addon
