// What the results of all trials with a tester have in common.
#pragma once

#include <cstdint>
#include <cstdio>
#include <initializer_list>
#include <vector>

#include "common/clock.h"
#include "convert.h"
#include "fields.h"
#include "trafficgen/tester.h"

namespace nicbench::addon {

inline Napi::String hex(Napi::Env env, std::uint64_t value) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(value));
  return Napi::String::New(env, digits);
}

// Frames/s; 0 for "max".
inline double rate_of(const Napi::Object& traffic) {
  const Napi::Value value = traffic.Get("rate");
  const bool max = value.IsString() && value.As<Napi::String>().Utf8Value() == "max";
  const double rate = max ? 0 : number(traffic, "rate");
  if (!(rate >= 0)) bad_argument("rate", "a number of frames per second, or \"max\"");
  return rate;
}

// Into the configuration of any trial with a generator: what is sent, when, and for how long.
template <class Config>
void read_load(const Napi::Object& object, Config& config) {
  const Napi::Object traffic = object_in(object, "traffic");
  config.traffic = traffic_config(traffic);
  config.pacing = pacing(traffic, config.traffic);
  config.warmup_seconds = number(object, "warmupSeconds");
  config.duration_seconds = number(object, "durationSeconds");
}

// When the last of the probes that came back was due, if any came.
inline void set_last_due(Napi::Env env, Napi::Object& object, const PhaseResult& phase) {
  if (phase.last_due == 0) return;
  const double seconds = static_cast<double>(phase.last_due - phase.start) / ticks_per_second();
  object.Set("lastDueSeconds", js(env, seconds));
}

// Share by which the DUT's rate is to fall; left out for 0.
inline double slowdown(const Napi::Object& object) {
  const double share = number_or(object, "slowdown", 0);
  if (!(share >= 0 && share < 1)) bad_argument("slowdown", "a share from 0 to below 1");
  return share;
}

struct Drop {
  const char* place;
  const char* cause;
  std::uint64_t frames;
};

// What was sent and received, and where the rest was dropped.
inline Napi::Object frames_to_js(Napi::Env env, const TesterCounts& counts, std::initializer_list<Drop> drops) {
  Napi::Array array = Napi::Array::New(env);
  std::uint32_t n = 0;
  for (const Drop& drop : drops) {
    if (drop.frames == 0) continue;
    Napi::Object object = Napi::Object::New(env);
    object.Set("place", drop.place);
    object.Set("cause", drop.cause);
    object.Set("frames", js(env, drop.frames));
    array.Set(n++, object);
  }
  Napi::Object frames = Napi::Object::New(env);
  frames.Set("sent", js(env, counts.sent));
  frames.Set("received", js(env, counts.received));
  frames.Set("drops", array);
  return frames;
}

// How long frames were sent, and how close to their times; the latter only of a rate.
template <class Config>
void set_sending(Napi::Env env, Napi::Object& object, const Config& config, const PhaseResult& phase) {
  object.Set("sendingSeconds", js(env, phase.sending_seconds));
  if (config.traffic.rate == 0) return;
  Napi::Object errors = Napi::Object::New(env);
  errors.Set("offered", js(env, offered_error(phase, config.duration_seconds)));
  errors.Set("send", histogram_to_js(env, phase.pacing.send()));
  errors.Set("departure", histogram_to_js(env, phase.pacing.departure()));
  object.Set("pacingErrors", errors);
}

// What came back of each group of flows, in order.
inline Napi::Array groups_to_js(Napi::Env env, const std::vector<GroupCounts>& groups) {
  return array_to_js(env, groups, [env](const GroupCounts& group) {
    Napi::Object object = Napi::Object::New(env);
    object.Set("sent", js(env, group.sent));
    object.Set("received", js(env, group.received));
    object.Set("probesReceived", js(env, group.probes_received));
    object.Set("probesReordered", js(env, group.probes_reordered));
    object.Set("latency", histogram_to_js(env, group.latency));
    return object;
  });
}

// By whose clock frames came, where it was not the thread's.
inline void set_timestamps(Napi::Env env, Napi::Object& object, const PhaseResult& phase) {
  if (phase.timestamps == Timestamps::kThread) return;
  Napi::Object timestamps = Napi::Object::New(env);
  timestamps.Set("clock", "software");
  timestamps.Set("errorNs", js(env, phase.clock_error_ns));
  timestamps.Set("untimedProbes", js(env, phase.counts.probes_untimed));
  object.Set("timestamps", timestamps);
}

// What the generator's end of a trial says, but for its drops and its time series.
template <class Config, class Result>
void set_generated(Napi::Env env, Napi::Object& object, const Config& config, const Result& result) {
  const TesterCounts& counts = result.phase.counts;
  object.Set("seconds", js(env, result.phase.seconds));
  set_sending(env, object, config, result.phase);
  object.Set("sentBytes", js(env, counts.sent_bytes));
  object.Set("receivedBytes", js(env, counts.received_bytes));
  if (config.traffic.rate == 0) {
    object.Set("intendedRate", "max");
  } else {
    object.Set("intendedRate", js(env, config.traffic.rate));
  }
  object.Set("generatorLimited", Napi::Boolean::New(env, result.generator_limited));
  object.Set("probesSent", js(env, counts.probes_sent));
  object.Set("probesReceived", js(env, counts.probes_received));
  object.Set("probesReordered", js(env, counts.probes_reordered));
  object.Set("probesDuplicated", js(env, counts.probes_duplicated));
  set_timestamps(env, object, result.phase);
  object.Set("badFrames", js(env, counts.bad + result.learning_bad));
  object.Set("involuntarySwitches", js(env, result.involuntary_switches));
  object.Set("generatorCpuShare", js(env, result.generator_cpu_share));
  object.Set("trafficDigest", hex(env, result.traffic_digest));
  object.Set("latency", histogram_to_js(env, result.latency));
  if (!result.phase.groups.empty()) object.Set("groups", groups_to_js(env, result.phase.groups));
}

// What trials of `conntrack` and of `forwarding` have in common, but for their drops and their time series.
template <class Config, class Result>
void set_common(Napi::Env env, Napi::Object& object, const Config& config, const Result& result) {
  set_generated(env, object, config, result);
  object.Set("dutBusyCycles", js(env, result.dut_busy_ticks));
  object.Set("dutTotalCycles", js(env, result.dut_total_ticks));
  object.Set("dutFrames", js(env, result.dut_frames));
  object.Set("dutCpuShare", js(env, result.dut_cpu_share));
}

}  // namespace nicbench::addon
